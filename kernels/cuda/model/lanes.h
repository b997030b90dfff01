#pragma once

// kernels/cuda/lanes.h on the functional model. Included by it, under C++ compilers only. What
// waits has one more argument, which nobody gives: the place of the call, for reports.

#include <cmath>
#include <cstring>
#include <type_traits>

#include "kernels/cuda/model/block.h"
#include "kernels/cuda/model/copies.h"
#include "kernels/cuda/model/matrix.h"
#include "kernels/cuda/model/numbers.h"

namespace ergon::model {

inline Block& block() { return *current_thread->block; }

inline int thread_index() { return current_thread->index; }
inline int block_threads() { return block().shape().threads; }
inline int lane_index() { return current_thread->lane; }
inline int warp_index() { return current_thread->warp; }
inline int block_x() { return block().x(); }
inline int block_y() { return block().y(); }
inline int block_z() { return block().z(); }
inline int blocks_x() { return static_cast<int>(block().shape().blocks_x); }
inline int blocks_y() { return block().shape().blocks_y; }
inline int blocks_z() { return block().shape().blocks_z; }
inline std::byte* shared_memory() { return block().shared().data(); }

inline void block_barrier(Place place = Place::here()) {
  block().meet_block({"block_barrier", place});
}
inline void group_barrier(int id, int threads, Place place = Place::here()) {
  block().meet_group(id, threads, {"group_barrier", place});
}
inline void order_lanes(void* const (&/*operands*/)[kLanes]) { block().order_warp(); }
inline void warp_barrier(Place place = Place::here()) {
  block().meet_warp(order_lanes, nullptr, {"warp_barrier", place});
}

template <class T>
struct Shuffled {
  T value;
  int from;
  T result;
};
template <class T>
inline void shuffle_lanes(void* const (&operands)[kLanes]) {
  for (void* operand : operands) {
    auto* lane = static_cast<Shuffled<T>*>(operand);
    lane->result = static_cast<Shuffled<T>*>(operands[lane->from])->value;
  }
}
// A lane past the warp counts modulo 32, as in hardware.
template <class T>
inline T shuffle(T value, int lane, Place place = Place::here()) {
  static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));
  Shuffled<T> operand = {value, lane & (kLanes - 1), value};
  block().meet_warp(shuffle_lanes<T>, &operand, {"shuffle", place});
  return operand.result;
}
template <class T>
inline T shuffle_xor(T value, int mask, Place place = Place::here()) {
  static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));
  if (mask < 0 || mask >= kLanes) {
    block().fail({"shuffle_xor", place}, Wrong::mask_outside, mask);
  }
  Shuffled<T> operand = {value, lane_index() ^ mask, value};
  block().meet_warp(shuffle_lanes<T>, &operand, {"shuffle_xor", place});
  return operand.result;
}
inline void any_lane(void* const (&operands)[kLanes]) {
  bool found = false;
  for (void* operand : operands) found = found || *static_cast<bool*>(operand);
  for (void* operand : operands) *static_cast<bool*>(operand) = found;
}
inline void all_lanes(void* const (&operands)[kLanes]) {
  bool found = true;
  for (void* operand : operands) found = found && *static_cast<bool*>(operand);
  for (void* operand : operands) *static_cast<bool*>(operand) = found;
}
inline bool any(bool value, Place place = Place::here()) {
  block().meet_warp(any_lane, &value, {"any", place});
  return value;
}
inline bool all(bool value, Place place = Place::here()) {
  block().meet_warp(all_lanes, &value, {"all", place});
  return value;
}

template <class V>
inline V load_once(const V* from, Place place = Place::here()) {
  static_assert(sizeof(V) == 2 || sizeof(V) == 4 || sizeof(V) == 8 || sizeof(V) == 16);
  block().need_aligned(from, sizeof(V), {"load_once", place});
  block().note_once(from, sizeof(V), {"load_once", place});
  V value;
  std::memcpy(&value, from, sizeof(V));
  return value;
}
template <class V>
inline V load_often(const V* from, Place place = Place::here()) {
  return load_once(from, place);
}
template <class V>
inline void store_once(V* to, const V& value, Place place = Place::here()) {
  static_assert(sizeof(V) == 2 || sizeof(V) == 4 || sizeof(V) == 8 || sizeof(V) == 16);
  block().need_aligned(to, sizeof(V), {"store_once", place});
  std::memcpy(to, &value, sizeof(V));
}

// Atomics meet nothing out of order: their accesses are not looked at (accesses.cpp).
#define ERGON_ATOMIC __attribute__((no_sanitize("thread"))) inline
ERGON_ATOMIC float atomic_add(float* to, float value) {
  const float old = *to;
  *to = old + value;
  return old;
}
ERGON_ATOMIC int atomic_add(int* to, int value) {
  const int old = *to;
  *to = static_cast<int>(static_cast<unsigned>(old) + static_cast<unsigned>(value));
  return old;
}
ERGON_ATOMIC int atomic_max(int* to, int value) {
  const int old = *to;
  *to = old < value ? value : old;
  return old;
}
#undef ERGON_ATOMIC

template <int kSize>
inline void copy_async(void* shared, const void* global, bool valid = true,
                       Place place = Place::here()) {
  static_assert(kSize == 4 || kSize == 8 || kSize == 16);
  issue_copy(*current_thread,
             {.to = static_cast<std::byte*>(shared),
              .from = static_cast<const std::byte*>(global),
              .bytes = kSize,
              .valid = valid,
              .group = 0},
             {"copy_async", place});
}
inline void commit_copies() { close_group(*current_thread); }
template <int kPending>
inline void wait_copies() {
  wait_groups(*current_thread, kPending);
}

template <int kCount>
inline void load_matrices(std::uint32_t (&r)[kCount], const void* row,
                          Place place = Place::here()) {
  static_assert(kCount == 1 || kCount == 2 || kCount == 4);
  load_matrices({r, row, kCount, false}, {"load_matrices", place});
}
template <int kCount>
inline void load_matrices_transposed(std::uint32_t (&r)[kCount], const void* row,
                                     Place place = Place::here()) {
  static_assert(kCount == 1 || kCount == 2 || kCount == 4);
  load_matrices({r, row, kCount, true}, {"load_matrices_transposed", place});
}

inline void mma(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2], F16 /*e*/,
                Place place = Place::here()) {
  multiply_f16({c, a, b}, {"mma m16n8k16 of f16", place});
}
inline void mma(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2], Bf16 /*e*/,
                Place place = Place::here()) {
  multiply_bf16({c, a, b}, {"mma m16n8k16 of bf16", place});
}
inline void mma(float (&c)[4], const std::uint32_t (&a)[2], std::uint32_t b, F16 /*e*/,
                Place place = Place::here()) {
  multiply_f16_k8({c, a, &b}, {"mma m16n8k8 of f16", place});
}
inline void mma_tf32(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                     Place place = Place::here()) {
  multiply_tf32({c, a, b}, {"mma m16n8k8 of tf32", place});
}

inline std::uint32_t round_tf32(float value, Place place = Place::here()) {
  block().need_sm(80, {"round_tf32", place});
  return round_tf32_bits(value);
}

inline float exp2_fast(float value) {
  return value == 0 ? 1.0F : flush(blurred(std::exp2(static_cast<double>(flush(value))), kTwoUlp));
}
inline float tanh_fast(float value, Place place = Place::here()) {
  block().need_sm(75, {"tanh_fast", place});
  const float result = blurred(std::tanh(static_cast<double>(value)), 0x1p-11);
  return std::isinf(value) || std::abs(result) > 1 ? std::copysign(1.0F, result) : result;
}
inline float rsqrt_fast(float value) {
  return blurred(1 / std::sqrt(static_cast<double>(value)), kTwoUlp);
}
inline float reciprocal_fast(float value) {
  return flush(blurred(1 / static_cast<double>(flush(value)), kOneUlp));
}
inline float fma(float a, float b, float c) { return std::fma(a, b, c); }
inline float max(float a, float b) { return std::fmax(a, b); }
inline float min(float a, float b) { return std::fmin(a, b); }
inline float exp(float value) { return std::exp(value); }
inline float tanh(float value) { return std::tanh(value); }
// Past 2^126, the quotient of finite numbers is 0: CUDA C++ Programming Guide, __fdividef.
inline float divide_fast(float a, float b) {
  if (std::abs(b) > 0x1p126F) return std::isinf(a) ? a * 0.0F : a * 0.0F * b;
  return blurred(static_cast<double>(a) / static_cast<double>(b), kTwoUlp);
}

inline int fresh(int value) { return value; }

// Each look takes a microsecond of the model's clock, so that waits by it end.
inline std::uint64_t nanoseconds() { return block().tick(); }

}  // namespace ergon::model
