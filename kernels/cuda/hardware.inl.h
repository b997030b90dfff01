#pragma once

// kernels/cuda/lanes.h as intrinsics and inline PTX. Included by it, under nvcc only. Instructions
// that an architecture lacks are left out of its code; Launchable::kSm says what a kernel needs.

#include <cstring>

namespace ergon::hardware {

ERGON_LANE int thread_index() { return static_cast<int>(threadIdx.x); }
ERGON_LANE int block_threads() { return static_cast<int>(blockDim.x); }
ERGON_LANE int lane_index() { return static_cast<int>(threadIdx.x) % 32; }
ERGON_LANE int warp_index() { return static_cast<int>(threadIdx.x) / 32; }
ERGON_LANE int block_x() { return static_cast<int>(blockIdx.x); }
ERGON_LANE int block_y() { return static_cast<int>(blockIdx.y); }
ERGON_LANE int block_z() { return static_cast<int>(blockIdx.z); }
ERGON_LANE int blocks_x() { return static_cast<int>(gridDim.x); }
ERGON_LANE int blocks_y() { return static_cast<int>(gridDim.y); }
ERGON_LANE int blocks_z() { return static_cast<int>(gridDim.z); }

ERGON_LANE std::byte* shared_memory() {
  extern __shared__ __align__(1024) unsigned char ergon_shared[];
  return reinterpret_cast<std::byte*>(ergon_shared);
}
// Of a pointer into shared memory, what PTX calls it there.
ERGON_LANE std::uint32_t shared_address(const void* pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

ERGON_LANE void block_barrier() { __syncthreads(); }
ERGON_LANE void group_barrier(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}
ERGON_LANE void warp_barrier() { __syncwarp(); }

template <class T>
ERGON_LANE T shuffle(T value, int lane) {
  return __shfl_sync(0xffffffffU, value, lane);
}
template <class T>
ERGON_LANE T shuffle_xor(T value, int mask) {
  return __shfl_xor_sync(0xffffffffU, value, mask);
}
ERGON_LANE bool any(bool value) { return __any_sync(0xffffffffU, value) != 0; }
ERGON_LANE bool all(bool value) { return __all_sync(0xffffffffU, value) != 0; }

// Not volatile: nothing writes there, so that the compiler may load several before it uses one.
#if __CUDA_ARCH__ >= 700
#define ERGON_LOAD_ONCE "ld.global.nc.L1::no_allocate"
#else
#define ERGON_LOAD_ONCE "ld.global.nc"
#endif
template <class V>
ERGON_LANE V load_once(const V* from) {
  V value;
  if constexpr (sizeof(V) == 16) {
    std::uint32_t w[4];
    asm(ERGON_LOAD_ONCE ".v4.u32 {%0, %1, %2, %3}, [%4];"
        : "=r"(w[0]), "=r"(w[1]), "=r"(w[2]), "=r"(w[3])
        : "l"(__cvta_generic_to_global(from)));
    std::memcpy(&value, w, sizeof(value));
  } else if constexpr (sizeof(V) == 8) {
    std::uint32_t w[2];
    asm(ERGON_LOAD_ONCE ".v2.u32 {%0, %1}, [%2];"
        : "=r"(w[0]), "=r"(w[1])
        : "l"(__cvta_generic_to_global(from)));
    std::memcpy(&value, w, sizeof(value));
  } else if constexpr (sizeof(V) == 4) {
    std::uint32_t w;
    asm(ERGON_LOAD_ONCE ".u32 %0, [%1];" : "=r"(w) : "l"(__cvta_generic_to_global(from)));
    std::memcpy(&value, &w, sizeof(value));
  } else {
    static_assert(sizeof(V) == 2);
    std::uint16_t w;
    asm(ERGON_LOAD_ONCE ".u16 %0, [%1];" : "=h"(w) : "l"(__cvta_generic_to_global(from)));
    std::memcpy(&value, &w, sizeof(value));
  }
  return value;
}

template <class V>
ERGON_LANE V load_often(const V* from) {
  V value;
  if constexpr (sizeof(V) == 16) {
    const uint4 w = __ldg(reinterpret_cast<const uint4*>(from));
    std::memcpy(&value, &w, sizeof(value));
  } else if constexpr (sizeof(V) == 8) {
    const uint2 w = __ldg(reinterpret_cast<const uint2*>(from));
    std::memcpy(&value, &w, sizeof(value));
  } else if constexpr (sizeof(V) == 4) {
    const unsigned w = __ldg(reinterpret_cast<const unsigned*>(from));
    std::memcpy(&value, &w, sizeof(value));
  } else {
    static_assert(sizeof(V) == 2);
    const unsigned short w = __ldg(reinterpret_cast<const unsigned short*>(from));
    std::memcpy(&value, &w, sizeof(value));
  }
  return value;
}

template <class V>
ERGON_LANE void store_once(V* to, const V& value) {
  if constexpr (sizeof(V) == 16) {
    std::uint32_t w[4];
    std::memcpy(w, &value, sizeof(value));
    asm volatile("st.global.cs.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(__cvta_generic_to_global(to)),
                 "r"(w[0]), "r"(w[1]), "r"(w[2]), "r"(w[3])
                 : "memory");
  } else if constexpr (sizeof(V) == 8) {
    std::uint32_t w[2];
    std::memcpy(w, &value, sizeof(value));
    asm volatile("st.global.cs.v2.u32 [%0], {%1, %2};" ::"l"(__cvta_generic_to_global(to)),
                 "r"(w[0]), "r"(w[1])
                 : "memory");
  } else if constexpr (sizeof(V) == 4) {
    std::uint32_t w;
    std::memcpy(&w, &value, sizeof(value));
    asm volatile("st.global.cs.u32 [%0], %1;" ::"l"(__cvta_generic_to_global(to)), "r"(w)
                 : "memory");
  } else {
    static_assert(sizeof(V) == 2);
    std::uint16_t w;
    std::memcpy(&w, &value, sizeof(value));
    asm volatile("st.global.cs.u16 [%0], %1;" ::"l"(__cvta_generic_to_global(to)), "h"(w)
                 : "memory");
  }
}

ERGON_LANE float atomic_add(float* to, float value) { return atomicAdd(to, value); }
ERGON_LANE int atomic_add(int* to, int value) { return atomicAdd(to, value); }
ERGON_LANE int atomic_max(int* to, int value) { return atomicMax(to, value); }

// .cg, past the first level, exists for 16 bytes only.
template <int kSize>
ERGON_LANE void copy_async(void* shared, const void* global, bool valid = true) {
  static_assert(kSize == 4 || kSize == 8 || kSize == 16);
#if __CUDA_ARCH__ >= 800
  const std::uint32_t to = shared_address(shared);
  const int bytes = valid ? kSize : 0;
  if constexpr (kSize == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(bytes)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(global), "n"(kSize),
                 "r"(bytes)
                 : "memory");
  }
#endif
}
ERGON_LANE void commit_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}
template <int kPending>
ERGON_LANE void wait_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
#endif
}

ERGON_LANE void load_matrices(std::uint32_t (&r)[1], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];"
               : "=r"(r[0])
               : "r"(shared_address(row))
               : "memory");
}
ERGON_LANE void load_matrices(std::uint32_t (&r)[2], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
               : "=r"(r[0]), "=r"(r[1])
               : "r"(shared_address(row))
               : "memory");
}
ERGON_LANE void load_matrices(std::uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
ERGON_LANE void load_matrices_transposed(std::uint32_t (&r)[1], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
               : "=r"(r[0])
               : "r"(shared_address(row))
               : "memory");
}
ERGON_LANE void load_matrices_transposed(std::uint32_t (&r)[2], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
               : "=r"(r[0]), "=r"(r[1])
               : "r"(shared_address(row))
               : "memory");
}
ERGON_LANE void load_matrices_transposed(std::uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

ERGON_LANE void mma(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2], F16) {
#if __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}
ERGON_LANE void mma(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2], Bf16) {
#if __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}
ERGON_LANE void mma(float (&c)[4], const std::uint32_t (&a)[2], std::uint32_t b, F16) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(b));
}
ERGON_LANE void mma_tf32(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
#if __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

ERGON_LANE float widen(float value) { return value; }
ERGON_LANE float widen(F16 value) {
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(static_cast<std::uint16_t>(value)));
  return wide;
}
using ::ergon::widen;  // of Bf16, which argument-dependent lookup finds as well

template <class Element>
ERGON_LANE Element narrow_to(float value);
template <>
ERGON_LANE float narrow_to<float>(float value) {
  return value;
}
template <>
ERGON_LANE F16 narrow_to<F16>(float value) {
  std::uint16_t bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return static_cast<F16>(bits);
}
template <>
ERGON_LANE Bf16 narrow_to<Bf16>(float value) {
#if __CUDA_ARCH__ >= 800
  std::uint16_t bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return static_cast<Bf16>(bits);
#else
  const std::uint32_t bits = __float_as_uint(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<Bf16>((bits >> 16) | 0x40U);
  return static_cast<Bf16>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
#endif
}

template <class Element>
ERGON_LANE std::uint32_t pack(float low, float high) {
  const auto bits = [](float value) {
    return static_cast<std::uint32_t>(static_cast<std::uint16_t>(narrow_to<Element>(value)));
  };
  return bits(low) | bits(high) << 16;
}
#if __CUDA_ARCH__ >= 800
template <>
ERGON_LANE std::uint32_t pack<F16>(float low, float high) {
  std::uint32_t bits;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}
template <>
ERGON_LANE std::uint32_t pack<Bf16>(float low, float high) {
  std::uint32_t bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}
#endif
template <class Element>
ERGON_LANE float low_half(std::uint32_t pair) {
  return widen(static_cast<Element>(static_cast<std::uint16_t>(pair)));
}
template <class Element>
ERGON_LANE float high_half(std::uint32_t pair) {
  return widen(static_cast<Element>(static_cast<std::uint16_t>(pair >> 16)));
}

ERGON_LANE std::uint32_t round_tf32(float value) {
  std::uint32_t bits = __float_as_uint(value);
#if __CUDA_ARCH__ >= 800
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
#endif
  return bits;
}

ERGON_LANE float exp2_fast(float value) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(value));
  return result;
}
ERGON_LANE float tanh_fast(float value) {
  float result;
  asm("tanh.approx.f32 %0, %1;" : "=f"(result) : "f"(value));
  return result;
}
ERGON_LANE float rsqrt_fast(float value) {
  float result;
  asm("rsqrt.approx.f32 %0, %1;" : "=f"(result) : "f"(value));
  return result;
}
ERGON_LANE float reciprocal_fast(float value) {
  float result;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(value));
  return result;
}
ERGON_LANE float fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
ERGON_LANE float max(float a, float b) { return fmaxf(a, b); }
ERGON_LANE float min(float a, float b) { return fminf(a, b); }
ERGON_LANE float exp(float value) { return expf(value); }
ERGON_LANE float tanh(float value) { return tanhf(value); }
ERGON_LANE float divide_fast(float a, float b) { return __fdividef(a, b); }

ERGON_LANE int fresh(int value) {
  asm volatile("" : "+r"(value));
  return value;
}

ERGON_LANE std::uint64_t nanoseconds() {
  std::uint64_t now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  return now;
}

}  // namespace ergon::hardware
