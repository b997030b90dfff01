#pragma once

// The operands of gemm/cuda_simt by asynchronous copies, sm_80 and up: no register holds them on
// their way, and three steps of them are under way at once. f32 only, which needs no widening.

#include "kernels/cuda/lanes.h"
#include "kernels/gemm/cuda_arguments.h"

namespace ergon::ERGON_CUDA {

// Copies go element by element where they turn an operand that lies along k, or where rows do not
// start at multiples of 16 bytes (kRuns); else in 16 bytes.
template <bool kTransposed, bool kRuns, class Tile_>
class AsyncFeed {
 public:
  using Tile = Tile_;
  using Out = float;
  static constexpr int kSm = 80;
  static constexpr int kStages = 4;
  static constexpr int kSharedBytes = 4 * kStages * Tile::kBufferFloats;

  // For c from a row and a column on, and k from `begin` to begin + length.
  ERGON_LANE AsyncFeed(const CudaGemmArguments& x, int row, int column, int begin, int length)
      : left_(length) {
    next_a_ = along(reinterpret_cast<const float*>(x.a) + std::int64_t{block_z()} * x.m * x.k, x.m,
                    x.k, row, begin, 0);
    const float* const b =
        reinterpret_cast<const float*>(x.b) + std::int64_t{block_z()} * x.n * x.k;
    if constexpr (kTransposed) {
      next_b_ = along(b, x.n, x.k, column, begin, Tile::kMoved);
    } else {
      const int at = column + column_across();
      if (at < x.n) there_ |= 1U << Tile::kMoved;
      next_b_ = b + std::int64_t{begin + k_across()} * x.n + at;
    }
  }

  // Where the first step's operands are, when they are all there.
  ERGON_LANE const float* first(const CudaGemmArguments& x) {
    ERGON_UNROLL
    for (int stage = 0; stage < kStages - 1; ++stage) copy(x, stage * kStageBytes);
    return next();
  }
  // Whether there is a step behind this one; asked before load().
  [[nodiscard]] ERGON_LANE bool more() const { return left_ > (2 - kStages) * Tile::kDepth; }
  // Asks for those of the step kStages - 1 further on, which take the place of the last one's.
  ERGON_LANE void load(const CudaGemmArguments& x) {
    copy(x, at_ == 0 ? kLast : at_ - kStageBytes);
  }
  // Where the next step's operands are, when they are all there; this step's have been read.
  ERGON_LANE const float* next() {
    wait_copies<kStages - 2>();
    block_barrier();
    at_ = at_ == kLast ? 0 : at_ + kStageBytes;
    return reinterpret_cast<const float*>(shared_memory() + at_);
  }

 private:
  static constexpr int kStageBytes = 4 * Tile::kBufferFloats;
  static constexpr int kLast = (kStages - 1) * kStageBytes;  // where the last stage is

  // This thread's first element of an operand whose rows lie along k; the bits of there_ from
  // `first` on become whether the rows that it copies are there.
  ERGON_LANE const float* along(const float* from, int rows, int pitch, int row, int begin,
                                int first) {
    const int at = row + Tile::one_along_row(thread_index());
    ERGON_UNROLL
    for (int i = 0; i < Tile::kMoved; ++i) {
      if (at + i * Tile::kOneRows < rows) there_ |= 1U << (first + i);
    }
    return from + std::int64_t{at} * pitch + begin + Tile::one_along_k(thread_index());
  }
  ERGON_LANE static int k_across() {
    return kRuns ? Tile::across_k(thread_index()) : Tile::one_across_k(thread_index());
  }
  ERGON_LANE static int column_across() {
    return kRuns ? Tile::across_column(thread_index()) : Tile::one_across_column(thread_index());
  }
  ERGON_LANE bool is_there(int bit) const { return (there_ >> bit & 1U) != 0; }

  ERGON_LANE void copy(const CudaGemmArguments& x, int offset) {
    float* const to = reinterpret_cast<float*>(shared_memory() + offset);
    copy_along(next_a_, x.k, to, Tile::kPitchA, 0);
    float* const to_b = to + Tile::kDepth * Tile::kPitchA;
    if constexpr (kTransposed) {
      copy_along(next_b_, x.k, to_b, Tile::kPitchB, Tile::kMoved);
    } else {
      copy_across(to_b, x.n);
    }
    left_ -= Tile::kDepth;
    commit_copies();
  }
  ERGON_LANE void copy_along(const float*& from, int pitch, float* to, int to_pitch, int first) {
    const int k = Tile::one_along_k(thread_index());
    const unsigned there = k < left_ ? there_ >> first : 0;
    to += k * to_pitch + Tile::one_along_row(thread_index());
    const float* row = from;
    ERGON_UNROLL
    for (int i = 0; i < Tile::kMoved; ++i) {
      copy_async<4>(to + i * Tile::kOneRows, row, (there >> i & 1U) != 0);
      row += static_cast<unsigned>(Tile::kOneRows * pitch);
    }
    from += Tile::kDepth;
  }
  ERGON_LANE void copy_across(float* to, int pitch) {
    to += k_across() * Tile::kPitchB + column_across();
    const bool valid = is_there(Tile::kMoved);
    if constexpr (kRuns) {
      copy_async<16>(to, next_b_, valid && k_across() < left_);
    } else {
      const float* row = next_b_;
      ERGON_UNROLL
      for (int i = 0; i < Tile::kMoved; ++i) {
        const int k = i * Tile::kOneDepth;
        copy_async<4>(to + k * Tile::kPitchB, row, valid && k_across() + k < left_);
        row += std::int64_t{Tile::kOneDepth} * pitch;
      }
    }
    next_b_ += std::int64_t{Tile::kDepth} * pitch;
  }

  const float* next_a_;
  const float* next_b_;
  unsigned there_ = 0;
  int left_;        // of k, to be asked for
  int at_ = kLast;  // where this step's operands are
};

}  // namespace ergon::ERGON_CUDA
