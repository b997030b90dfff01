#include "tests/kernels/cuda/conformance.h"

#include <cstring>

#include "kernels/cuda/launch.h"

// Every probe is one block of 128 threads; probes of matrices use its first warp. In and out have
// kWords words unless said.
namespace ergon::ERGON_CUDA {
namespace {

using Word = std::uint32_t;
constexpr int kThreads = 128, kWords = 1024;

template <class Body, int kSmMin>
struct ProbeBlock {
  struct Arguments {
    const Word* in;
    Word* out;
  };
  static constexpr int kThreads = ERGON_CUDA::kThreads;
  static constexpr int kBlocks = 1;
  static constexpr int kSm = kSmMin;
  ERGON_LANE static void run(const Arguments& x) { Body::run(x.in, x.out); }
};

template <class Body, int kSmMin>
Launch bind_probe(Device& device, const Word* in, Word* out) {
  constexpr int kSharedBytes = 16384;
  return make_launch<ProbeBlock<Body, kSmMin>>(device, {.x = 1, .shared_bytes = kSharedBytes},
                                               {.in = in, .out = out});
}

ERGON_LANE float as_float(Word bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
ERGON_LANE Word as_word(float value) {
  Word bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
ERGON_LANE Word* shared_words() { return reinterpret_cast<Word*>(shared_memory()); }

struct Places {
  ERGON_LANE static void run(const Word*, Word* out) {
    const int i = thread_index();
    out[i] = static_cast<Word>(i);
    out[128 + i] = static_cast<Word>(lane_index());
    out[256 + i] = static_cast<Word>(warp_index());
    out[384 + i] = static_cast<Word>(block_threads());
    out[512 + i] = static_cast<Word>(block_x() + 2 * block_y() + 4 * block_z());
    out[640 + i] = static_cast<Word>(blocks_x() + 2 * blocks_y() + 4 * blocks_z());
  }
};

struct Shuffles {
  ERGON_LANE static void run(const Word* in, Word* out) {
    const int i = thread_index(), lane = lane_index();
    const Word value = in[i];
    out[i] = shuffle(value, (7 * lane + 3) % 32);
    out[128 + i] = shuffle(value, 5);
    out[256 + i] = shuffle_xor(value, 1);
    out[384 + i] = shuffle_xor(value, 16);
    out[512 + i] = shuffle_xor(value, 31);
    out[640 + i] = as_word(shuffle_xor(as_float(value & 0x3fffffffU), 2));
    out[768 + i] = any((value & 31U) == 0) ? 1 : 0;
    out[896 + i] = all((value & 31U) != 0) ? 1 : 0;
  }
};

struct alignas(8) Two {
  Word w[2];
};
struct alignas(16) Four {
  Word w[4];
};

struct LoadsAndStores {
  ERGON_LANE static void run(const Word* in, Word* out) {
    const int i = thread_index();
    store_once(out + i, load_once(in + i));
    const auto* twos = reinterpret_cast<const Two*>(in + 128);
    store_once(reinterpret_cast<Two*>(out + 128) + i, load_once(twos + i));
    const auto* fours = reinterpret_cast<const Four*>(in + 384);
    store_once(reinterpret_cast<Four*>(out + 384) + i, load_once(fours + i));
    const auto* halves = reinterpret_cast<const std::uint16_t*>(in + 896);
    store_once(reinterpret_cast<std::uint16_t*>(out + 896) + i, load_once(halves + i));
  }
};

struct Barriers {
  ERGON_LANE static void run(const Word* in, Word* out) {
    const int i = thread_index();
    shared_words()[i] = in[i];
    block_barrier();
    out[i] = shared_words()[127 - i];
    block_barrier();
    shared_words()[i] = in[128 + i];
    group_barrier(1 + i / 64, 64);  // either half of the block waits for itself
    out[128 + i] = shared_words()[i ^ 63];
    block_barrier();
    shared_words()[i] = in[256 + i];
    warp_barrier();
    out[256 + i] = shared_words()[i ^ 31];
  }
};

struct Atomics {
  ERGON_LANE static void run(const Word* in, Word* out) {
    const int value = static_cast<int>(as_float(in[thread_index()]));
    if (thread_index() < 8) out[thread_index()] = 0;
    block_barrier();
    atomic_add(reinterpret_cast<int*>(out), value);
    atomic_max(reinterpret_cast<int*>(out) + 1, value);
    atomic_add(reinterpret_cast<float*>(out) + 2, static_cast<float>(value));
  }
};

// Three groups; what is behind a wait is read by other threads, past a barrier.
struct Copies {
  ERGON_LANE static void run(const Word* in, Word* out) {
    const int i = thread_index();
    Word* const shared = shared_words();
    copy_async<16>(shared + 4 * i, in + 4 * i);
    commit_copies();
    if (i < 64) copy_async<8>(shared + 512 + 2 * i, in + 512 + 2 * i, i % 3 != 0);
    commit_copies();
    copy_async<4>(shared + 640 + i, in + 640 + i, i % 5 != 0);
    commit_copies();
    wait_copies<2>();
    block_barrier();
    for (int j = 0; j < 4; ++j) out[4 * i + j] = shared[511 - (4 * i + j)];
    wait_copies<0>();
    block_barrier();
    out[512 + i] = shared[512 + (i ^ 1)];
    out[640 + i] = shared[640 + (127 - i)];
  }
};

// Matrices lie one behind the other, a row in 16 bytes; every count and either way.
struct LoadMatrices {
  ERGON_LANE static void run(const Word* in, Word* out) {
    const int i = thread_index();
    for (int j = 0; j < 8; ++j) shared_words()[128 * j + i] = in[128 * j + i];
    block_barrier();
    if (warp_index() != 0) return;
    const Word* const row = shared_words() + 4 * lane_index();
    Word one[1], two[2], four[4];
    load_matrices(one, row);
    load_matrices(two, row + 128);
    load_matrices(four, row + 256);
    write(out, 0, one, two, four);
    load_matrices_transposed(one, row + 384);
    load_matrices_transposed(two, row + 512);
    load_matrices_transposed(four, row + 640);
    write(out, 7, one, two, four);
  }

 private:
  ERGON_LANE static void write(Word* out, int first, const Word (&one)[1], const Word (&two)[2],
                               const Word (&four)[4]) {
    Word* const to = out + 32 * first + lane_index();
    to[0] = one[0];
    for (int j = 0; j < 2; ++j) to[32 * (1 + j)] = two[j];
    for (int j = 0; j < 4; ++j) to[32 * (3 + j)] = four[j];
  }
};

// Sums of integers that every step holds exactly, from c that is not zero.
template <int kForm>
struct Products {
  ERGON_LANE static void run(const Word* in, Word* out) {
    if (warp_index() != 0) return;
    const int lane = lane_index();
    const auto word = [&](int i) { return in[32 * i + lane]; };
    Word a[4], b[2];
    for (int j = 0; j < 4; ++j) a[j] = word(j);
    for (int j = 0; j < 2; ++j) b[j] = word(4 + j);
    float c[4];
    for (int j = 0; j < 4; ++j) c[j] = static_cast<float>(static_cast<int>(word(6 + j) % 17U) - 8);
    if constexpr (kForm == 0) mma(c, a, b, F16{});
    if constexpr (kForm == 1) mma(c, a, b, Bf16{});
    if constexpr (kForm == 3) mma_tf32(c, a, b);
    if constexpr (kForm == 2) {
      const Word half[2] = {a[0], a[1]};
      mma(c, half, b[0], F16{});
    }
    for (int j = 0; j < 4; ++j) out[32 * j + lane] = as_word(c[j]);
  }
};

// f gives a word for each that is read.
template <class F>
struct Map {
  ERGON_LANE static void run(const Word* in, Word* out) {
    for (int i = thread_index(); i < kWords; i += kThreads) out[i] = F::of(in[i]);
  }
};

struct ToF16 {
  ERGON_LANE static Word of(Word w) { return static_cast<Word>(narrow_to<F16>(as_float(w))); }
};
struct ToBf16 {
  ERGON_LANE static Word of(Word w) { return static_cast<Word>(narrow_to<Bf16>(as_float(w))); }
};
struct ToTf32 {
  ERGON_LANE static Word of(Word w) { return round_tf32(as_float(w)); }
};
struct PackF16 {
  ERGON_LANE static Word of(Word w) { return pack<F16>(as_float(w), -as_float(w ^ 0x2000U)); }
};
struct PackBf16 {
  ERGON_LANE static Word of(Word w) { return pack<Bf16>(as_float(w), -as_float(w ^ 0x8000U)); }
};
struct FromF16 {
  ERGON_LANE static Word of(Word w) {
    return as_word(low_half<F16>(w)) ^ (as_word(high_half<F16>(w)) >> 13);
  }
};
struct FromBf16 {
  ERGON_LANE static Word of(Word w) {
    return as_word(low_half<Bf16>(w)) ^ (as_word(high_half<Bf16>(w)) >> 16);
  }
};
struct Fma {
  ERGON_LANE static Word of(Word w) {
    const float x = as_float(w);
    return as_word(max(fma(x, x, -x), min(x, 1.5F)));
  }
};
struct Exp2Fast {
  ERGON_LANE static Word of(Word w) { return as_word(exp2_fast(as_float(w))); }
};
struct TanhFast {
  ERGON_LANE static Word of(Word w) { return as_word(tanh_fast(as_float(w))); }
};
struct RsqrtFast {
  ERGON_LANE static Word of(Word w) { return as_word(rsqrt_fast(as_float(w & 0x7fffffffU))); }
};
struct DivideFast {
  ERGON_LANE static Word of(Word w) { return as_word(divide_fast(3, as_float(w))); }
};
struct Exp {
  ERGON_LANE static Word of(Word w) { return as_word(ERGON_CUDA::exp(as_float(w))); }
};
struct Tanh {
  ERGON_LANE static Word of(Word w) { return as_word(ERGON_CUDA::tanh(as_float(w))); }
};

template <class Body, int kSmMin = 75>
constexpr Probe probe(std::string_view name, ProbeInput input, int ulps = 0) {
  return {.name = name,
          .input = input,
          .words = kWords,
          .ulps = ulps,
          .sm = kSmMin,
          .bind = bind_probe<Body, kSmMin>};
}

// Twice what lanes.h allows one of them: either may be off on its own side. tanh_fast is right to
// 2^-11, at most 2^13 ulp. CUDA C++ Programming Guide, "Mathematical Functions": expf 2 ulp, tanhf
// 2 ulp.
constexpr Probe kProbes[] = {
    probe<Places>("places", ProbeInput::bits),
    probe<Shuffles>("shuffle", ProbeInput::bits),
    probe<LoadsAndStores>("load_once store_once", ProbeInput::bits),
    probe<Barriers>("barriers", ProbeInput::bits),
    probe<Atomics>("atomics", ProbeInput::f32_integers),
    probe<Copies, 80>("copy_async", ProbeInput::bits),
    probe<LoadMatrices>("load_matrices", ProbeInput::bits),
    probe<Products<2>>("mma m16n8k8 f16", ProbeInput::f16_integers),
    probe<Products<0>, 80>("mma m16n8k16 f16", ProbeInput::f16_integers),
    probe<Products<1>, 80>("mma m16n8k16 bf16", ProbeInput::bf16_integers),
    probe<Products<3>, 80>("mma m16n8k8 tf32", ProbeInput::f32_integers),
    probe<Map<ToF16>>("narrow_to f16", ProbeInput::f32_boundaries),
    probe<Map<ToBf16>>("narrow_to bf16", ProbeInput::f32_boundaries),
    probe<Map<PackF16>>("pack f16", ProbeInput::f32_boundaries),
    probe<Map<PackBf16>>("pack bf16", ProbeInput::f32_boundaries),
    probe<Map<ToTf32>, 80>("round_tf32", ProbeInput::f32_boundaries),
    probe<Map<FromF16>>("widen f16", ProbeInput::f16_integers),
    probe<Map<FromBf16>>("widen bf16", ProbeInput::bf16_integers),
    probe<Map<Fma>>("fma max min", ProbeInput::f32_spread),
    probe<Map<Exp2Fast>>("exp2_fast", ProbeInput::f32_small, 4),
    probe<Map<TanhFast>>("tanh_fast", ProbeInput::f32_small, 1 << 14),
    probe<Map<RsqrtFast>>("rsqrt_fast", ProbeInput::f32_spread, 4),
    probe<Map<DivideFast>>("divide_fast", ProbeInput::f32_spread, 4),
    probe<Map<Exp>>("exp", ProbeInput::f32_small, 4),
    probe<Map<Tanh>>("tanh", ProbeInput::f32_small, 4),
};

}  // namespace

std::span<const Probe> probes() { return kProbes; }

}  // namespace ergon::ERGON_CUDA
