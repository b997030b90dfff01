#pragma once

// The operands of gemm/cuda_simt on their way through registers, on any architecture.

#include <type_traits>

#include "kernels/cuda/lanes.h"
#include "kernels/gemm/cuda_finish.inl.h"

namespace ergon::ERGON_CUDA {

// One thread's part of the tiles of an operand whose rows lie along k: four elements of one row.
// kRuns: rows start at multiples of four elements.
template <class Element, bool kRuns>
struct AlongK {
  const Element* next;
  int left;  // of k, from `next` on; none where there is no such row

  ERGON_LANE Run<Element, 4> load(int depth) {
    Run<Element, 4> run = {};
    if constexpr (kRuns) {
      if (left > 0) run = load_once(reinterpret_cast<const Run<Element, 4>*>(next));
    } else {
      ERGON_UNROLL
      for (int i = 0; i < 4; ++i) {
        if (i < left) run.at[i] = load_once(next + i);
      }
    }
    next += depth;
    left -= depth;
    return run;
  }
};

// Of an operand whose rows lie across k: four elements of one k.
template <class Element, bool kRuns>
struct AcrossK {
  const Element* next;
  int left;     // of k
  int columns;  // from `next` to the end of its row
  int pitch;

  ERGON_LANE Run<Element, 4> load(int depth) {
    Run<Element, 4> run = {};
    if (left > 0) {
      if constexpr (kRuns) {
        if (columns > 0) run = load_once(reinterpret_cast<const Run<Element, 4>*>(next));
      } else {
        ERGON_UNROLL
        for (int i = 0; i < 4; ++i) {
          if (i < columns) run.at[i] = load_once(next + i);
        }
      }
    }
    next += std::int64_t{depth} * pitch;
    left -= depth;
    return run;
  }
};

// While one buffer of shared memory is multiplied, the operands of the next step are on their way
// to registers; they are widened into the other buffer before the last k of this one.
template <class Element, bool kTransposed, bool kRuns, class Tile_>
class RegisterFeed {
 public:
  using Tile = Tile_;
  using Out = Element;
  static constexpr int kSm = 53;
  static constexpr int kSharedBytes = 2 * 4 * Tile::kBufferFloats;

  // For c from a row and a column on, and k from `begin` to begin + length.
  ERGON_LANE RegisterFeed(const CudaGemmArguments& x, int row, int column, int begin, int length)
      : a_(along(reinterpret_cast<const Element*>(x.a) + std::int64_t{block_z()} * x.m * x.k, x.m,
                 x.k, row, begin, length)),
        b_(columns_of_b(x, column, begin, length)),
        left_(length) {}

  // Where the first step's operands are, when they are all there.
  ERGON_LANE const float* first(const CudaGemmArguments& x) {
    load(x);
    return next();
  }
  // Whether there is a step behind this one; asked before load().
  [[nodiscard]] ERGON_LANE bool more() const { return left_ > 0; }
  // Loads those of the next step.
  ERGON_LANE void load(const CudaGemmArguments& /*x*/) {
    next_a_ = a_.load(Tile::kDepth);
    next_b_ = b_.load(Tile::kDepth);
    left_ -= Tile::kDepth;
  }
  // Where the next step's operands are, when they are all there; this step's have been read.
  ERGON_LANE const float* next() {
    float* const buffer = reinterpret_cast<float*>(shared_memory()) + offset_;
    offset_ = Tile::kBufferFloats - offset_;
    store_along(buffer, Tile::kPitchA, next_a_);
    float* const of_b = buffer + Tile::kDepth * Tile::kPitchA;
    if constexpr (kTransposed) {
      store_along(of_b, Tile::kPitchB, next_b_);
    } else {
      Run<float, 4> wide;
      ERGON_UNROLL
      for (int i = 0; i < 4; ++i) wide.at[i] = ERGON_CUDA::widen(next_b_.at[i]);
      const int place =
          Tile::across_k(thread_index()) * Tile::kPitchB + Tile::across_column(thread_index());
      *reinterpret_cast<Run<float, 4>*>(of_b + place) = wide;
    }
    block_barrier();
    return buffer;
  }

 private:
  using Along = AlongK<Element, kRuns>;
  using Columns = std::conditional_t<kTransposed, Along, AcrossK<Element, kRuns>>;

  ERGON_LANE static Along along(const Element* from, int rows, int pitch, int row, int begin,
                                int length) {
    const int at = row + Tile::along_row(thread_index());
    const int k = Tile::along_k(thread_index());
    if (at >= rows) return {.next = from, .left = 0};
    return {.next = from + std::int64_t{at} * pitch + begin + k, .left = length - k};
  }
  ERGON_LANE static Columns columns_of_b(const CudaGemmArguments& x, int column, int begin,
                                         int length) {
    const Element* const b =
        reinterpret_cast<const Element*>(x.b) + std::int64_t{block_z()} * x.n * x.k;
    if constexpr (kTransposed) {
      return along(b, x.n, x.k, column, begin, length);
    } else {
      const int k = Tile::across_k(thread_index());
      const int at = column + Tile::across_column(thread_index());
      return {.next = b + std::int64_t{begin + k} * x.n + at,
              .left = length - k,
              .columns = x.n - at,
              .pitch = x.n};
    }
  }
  ERGON_LANE static void store_along(float* to, int pitch, const Run<Element, 4>& run) {
    to += Tile::along_k(thread_index()) * pitch + Tile::along_row(thread_index());
    ERGON_UNROLL
    for (int i = 0; i < 4; ++i) to[i * pitch] = ERGON_CUDA::widen(run.at[i]);
  }

  Along a_;
  Columns b_;
  Run<Element, 4> next_a_, next_b_;
  int left_;  // of k, to be loaded
  int offset_ = 0;
};

}  // namespace ergon::ERGON_CUDA
