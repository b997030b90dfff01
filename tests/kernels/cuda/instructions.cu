// Kernels that hold one instruction 5, 11 and 23 times, for opcodes.py to learn it from.
// Instructions that an architecture lacks are left out, and so not learnt.

#include <cstdint>
#include <utility>

namespace {

struct State {
  float f[4];
  double d;
  std::uint32_t r[8];
  std::uint32_t shared, local;  // addresses
  const void* global;
};

// Volatile where a load would be left out otherwise, as nothing reads what it loads; another place
// each time, so that no two are one. Where volatile does not exist, what is loaded is read, by half
// as many instructions.
struct Ffma {
  template <int kAt>
  __device__ static void issue(State& s) {
    asm volatile("fma.rn.f32 %0, %0, %1, %2;" : "+f"(s.f[0]) : "f"(s.f[1]), "f"(s.f[2]));
  }
};
struct Dfma {
  template <int kAt>
  __device__ static void issue(State& s) {
    asm volatile("fma.rn.f64 %0, %0, %0, %0;" : "+d"(s.d));
  }
};
struct Dadd {
  template <int kAt>
  __device__ static void issue(State& s) {
    asm volatile("add.rn.f64 %0, %0, %0;" : "+d"(s.d));
  }
};
struct Dmul {
  template <int kAt>
  __device__ static void issue(State& s) {
    asm volatile("mul.rn.f64 %0, %0, %0;" : "+d"(s.d));
  }
};
struct Ldl {
  template <int kAt>
  __device__ static void issue(State& s) {
    std::uint32_t loaded;
    asm volatile("ld.local.b32 %0, [%1 + %2];" : "=r"(loaded) : "r"(s.local), "n"(kAt));
    s.r[6] ^= loaded;
  }
};
struct Stl {
  template <int kAt>
  __device__ static void issue(State& s) {
    asm volatile("st.local.b32 [%0 + %1], %2;" ::"r"(s.local), "n"(kAt), "r"(s.r[7]));
  }
};
struct Ldg32 {
  template <int kAt>
  __device__ static void issue(State& s) {
    asm volatile("ld.volatile.global.b32 %0, [%1 + %2];" : "=r"(s.r[6]) : "l"(s.global), "n"(kAt));
  }
};
struct Ldg64 {
  template <int kAt>
  __device__ static void issue(State& s) {
    asm volatile("ld.volatile.global.v2.b32 {%0, %1}, [%2 + %3];"
                 : "=r"(s.r[6]), "=r"(s.r[7])
                 : "l"(s.global), "n"(kAt));
  }
};
struct Ldg128 {
  template <int kAt>
  __device__ static void issue(State& s) {
    asm volatile("ld.volatile.global.v4.b32 {%0, %1, %2, %3}, [%4 + %5];"
                 : "=r"(s.r[4]), "=r"(s.r[5]), "=r"(s.r[6]), "=r"(s.r[7])
                 : "l"(s.global), "n"(kAt));
  }
};
struct Ldsm {
  template <int kAt>
  __device__ static void issue(State& s) {
    std::uint32_t loaded;
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1 + %2];"
                 : "=r"(loaded)
                 : "r"(s.shared), "n"(kAt));
    s.r[6] ^= loaded;
  }
};
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
#define ERGON_SINCE_SM80 1
struct Ldgsts {
  template <int kAt>
  __device__ static void issue(State& s) {
    asm volatile("cp.async.cg.shared.global [%0 + %1], [%2 + %1], 16;" ::"r"(s.shared), "n"(kAt),
                 "l"(s.global));
  }
};
#define ERGON_MMA(shape, type)                                                        \
  asm volatile("mma.sync.aligned." shape ".row.col.f32." type "." type                \
               ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
               : "+f"(s.f[0]), "+f"(s.f[1]), "+f"(s.f[2]), "+f"(s.f[3])               \
               : "r"(s.r[0]), "r"(s.r[1]), "r"(s.r[2]), "r"(s.r[3]), "r"(s.r[4]), "r"(s.r[5]))
struct HmmaF16 {
  template <int kAt>
  __device__ static void issue(State& s) {
    ERGON_MMA("m16n8k16", "f16");
  }
};
struct HmmaBf16 {
  template <int kAt>
  __device__ static void issue(State& s) {
    ERGON_MMA("m16n8k16", "bf16");
  }
};
struct HmmaTf32 {
  template <int kAt>
  __device__ static void issue(State& s) {
    ERGON_MMA("m16n8k8", "tf32");
  }
};
#endif

template <class Instruction, int... kIndex>
__device__ void repeat(State& state, std::integer_sequence<int, kIndex...>) {
  (Instruction::template issue<16 * kIndex>(state), ...);
}

template <class Instruction, int kCount>
__device__ void run(State* states) {
  __shared__ __align__(16) std::uint32_t shared[256];
  std::uint32_t local[256];
  State state = states[threadIdx.x];
  local[state.r[0] % 256] = 1;
  state.shared = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
  state.local = static_cast<std::uint32_t>(__cvta_generic_to_local(local));
  repeat<Instruction>(state, std::make_integer_sequence<int, kCount>());
  state.r[7] = local[state.r[1] % 256];
  states[threadIdx.x] = state;
}

}  // namespace

#define ERGON_REPEATED(name, Instruction)                                                \
  extern "C" __global__ void name##_x5(State* states) { run<Instruction, 5>(states); }   \
  extern "C" __global__ void name##_x11(State* states) { run<Instruction, 11>(states); } \
  extern "C" __global__ void name##_x23(State* states) { run<Instruction, 23>(states); }

ERGON_REPEATED(FFMA, Ffma)
ERGON_REPEATED(DFMA, Dfma)
ERGON_REPEATED(DADD, Dadd)
ERGON_REPEATED(DMUL, Dmul)
ERGON_REPEATED(LDL, Ldl)
ERGON_REPEATED(STL, Stl)
ERGON_REPEATED(LDG_32, Ldg32)
ERGON_REPEATED(LDG_64, Ldg64)
ERGON_REPEATED(LDG_128, Ldg128)
ERGON_REPEATED(LDSM, Ldsm)
#if defined(ERGON_SINCE_SM80)
ERGON_REPEATED(LDGSTS, Ldgsts)
ERGON_REPEATED(HMMA_F16, HmmaF16)
ERGON_REPEATED(HMMA_BF16, HmmaBf16)
ERGON_REPEATED(HMMA_TF32, HmmaTf32)
#endif
