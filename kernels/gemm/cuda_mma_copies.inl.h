#pragma once

// The operands of gemm/cuda_mma on their way from memory to shared memory.

#include "kernels/cuda/lanes.h"
#include "kernels/gemm/cuda_arguments.h"
#include "kernels/gemm/cuda_mma_layout.h"

namespace ergon::ERGON_CUDA {

// A tf32 as it is stored, 32 bits; mma reads the upper 19.
enum class Tf32 : std::uint32_t {};

// Copies elements of one chunk, of which `left` are there, zeros behind them. kNarrow: rows do not
// start at multiples of 16 bytes; where not even of 4 (`words`), elements go through registers.
template <class Element, bool kNarrow>
ERGON_LANE void copy_chunk(std::byte* to, const Element* from, int left, bool words) {
  if constexpr (!kNarrow) {
    copy_async<16>(to, from, left > 0);
  } else if (words) {
    constexpr int kEach = 4 / sizeof(Element);
    ERGON_UNROLL
    for (int i = 0; i < 4; ++i) copy_async<4>(to + 4 * i, from + kEach * i, kEach * i < left);
  } else if constexpr (sizeof(Element) == 2) {
    ERGON_UNROLL
    for (int i = 0; i < 8; ++i) {
      reinterpret_cast<Element*>(to)[i] = i < left ? load_once(from + i) : Element{};
    }
  }
}

// One thread's copies of both operands, a step of k at a time.
template <class Element, bool kTransposed, bool kNarrow, class Tile>
class MmaCopies {
 public:
  static constexpr int kBytes = sizeof(Element);
  static constexpr int kChunk = 16 / kBytes;  // elements
  static constexpr int kDepth = Tile::kDepthBytes / kBytes;

  // Of c from a row and a column on, and k from `begin` to begin + length.
  ERGON_LANE MmaCopies(const CudaGemmArguments& x, int row, int column, int begin, int length)
      : left_(length) {
    const auto* const a =
        reinterpret_cast<const Element*>(x.a) + std::int64_t{block_z()} * x.m * x.k;
    const auto* const b =
        reinterpret_cast<const Element*>(x.b) + std::int64_t{block_z()} * x.n * x.k;
    next_a_ = along(a, x.k, row, begin);
    rows_a_ = x.m - row - Tile::along_row(thread_index());
    if constexpr (kTransposed) {
      next_b_ = along(b, x.k, column, begin);
      rows_b_ = x.n - column - Tile::along_row(thread_index());
    } else {
      const int at = column + kChunk * Tile::across_chunk(thread_index(), kBytes);
      next_b_ = b + std::int64_t{begin + Tile::across_k(thread_index(), kBytes)} * x.n + at;
      rows_b_ = x.n - at;
    }
  }

  // Of k, that no copy has been asked for yet.
  [[nodiscard]] ERGON_LANE int left() const { return left_; }

  // Asks for the next step's operands; a group of copies, empty where there is no such step.
  ERGON_LANE void copy(const CudaGemmArguments& x, std::byte* stage) {
    if (left_ > 0) {
      copy_along<Tile::kChunksA>(next_a_, x.k, rows_a_, stage);
      if constexpr (kTransposed) {
        copy_along<Tile::kChunksB>(next_b_, x.k, rows_b_, stage + Tile::kOperandA);
      } else {
        copy_across(x.n, stage + Tile::kOperandA);
      }
    }
    left_ -= kDepth;
    commit_copies();
  }

 private:
  ERGON_LANE static const Element* along(const Element* from, int pitch, int row, int begin) {
    const int at = row + Tile::along_row(thread_index());
    return from + std::int64_t{at} * pitch + begin + kChunk * Tile::along_chunk(thread_index());
  }

  // kChunks of rows kAlongRows apart, of which `rows` from the first on are there.
  template <int kChunks>
  ERGON_LANE void copy_along(const Element*& from, int pitch, int rows, std::byte* to) {
    const int thread = thread_index();
    const int left = left_ - kChunk * Tile::along_chunk(thread);
    to += place_along_k(Tile::along_row(thread), Tile::along_chunk(thread));
    const Element* row = from;
    ERGON_UNROLL
    for (int i = 0; i < kChunks; ++i) {
      copy_chunk<Element, kNarrow>(to + i * Tile::kAlongRows * Tile::kDepthBytes, row,
                                   i * Tile::kAlongRows < rows ? left : 0, pitch * kBytes % 4 == 0);
      row += std::int64_t{Tile::kAlongRows} * pitch;
    }
    from += kDepth;
  }

  ERGON_LANE void copy_across(int pitch, std::byte* to) {
    const int thread = thread_index();
    const int chunk = Tile::across_chunk(thread, kBytes);
    const Element* row = next_b_;
    ERGON_UNROLL
    for (int i = 0; i < Tile::kChunksB; ++i) {
      const int k = Tile::across_k(thread, kBytes) + i * Tile::across_rows(kBytes);
      const int place = kBytes == 2 ? place_across_k(Tile::kN * kBytes, k, chunk)
                                    : place_across_k_tf32(Tile::kN * kBytes, k, chunk);
      copy_chunk<Element, kNarrow>(to + place, row, k < left_ ? rows_b_ : 0,
                                   pitch * kBytes % 4 == 0);
      row += std::int64_t{Tile::across_rows(kBytes)} * pitch;
    }
    next_b_ += std::int64_t{kDepth} * pitch;
  }

  const Element* next_a_;
  const Element* next_b_;
  int rows_a_, rows_b_;  // from this thread's first on; of b across k, columns
  int left_;
};

}  // namespace ergon::ERGON_CUDA
