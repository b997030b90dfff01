#pragma once

#include <algorithm>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/vector.h"

namespace ergon::ERGON_CUDA {

// out[row] = in[source.of(row)], rows of `words` Words moved as they are. A group of kLanes threads
// takes rows in turn, kRows at a time of which each thread has kAhead words on their way: four
// loads a thread, 64 bytes with words of 16, so 64 KB a multiprocessor (see Elementwise).
template <class Source, class Word, int kLanes, int kRows>
struct MovedRows {
  struct Arguments {
    const Word* in;
    Word* out;
    std::int64_t rows, words;
    Source source;
  };
  static constexpr int kThreads = 256;
  static constexpr int kBlocks = 4;
  static constexpr int kSm = 53;
  static constexpr int kAhead = 4 / kRows;

  // Words of the group's rows from `first` on, every kLanes'th; row r is `step` rows behind the one
  // before.
  ERGON_LANE static void move(const Arguments& x, const std::int64_t (&from)[kRows],
                              std::int64_t row, std::int64_t step, std::int64_t first) {
    Word words[kRows][kAhead];
    ERGON_UNROLL
    for (int r = 0; r < kRows; ++r) {
      ERGON_UNROLL
      for (int i = 0; i < kAhead; ++i) {
        const std::int64_t word = first + i * kLanes;
        if (row + r * step >= x.rows || word >= x.words) continue;
        words[r][i] = load_once(x.in + from[r] * x.words + word);
      }
    }
    ERGON_UNROLL
    for (int r = 0; r < kRows; ++r) {
      ERGON_UNROLL
      for (int i = 0; i < kAhead; ++i) {
        const std::int64_t word = first + i * kLanes;
        if (row + r * step >= x.rows || word >= x.words) continue;
        store_once(x.out + (row + r * step) * x.words + word, words[r][i]);
      }
    }
  }

  ERGON_LANE static void run(const Arguments& x) {
    const std::int64_t step = std::int64_t{blocks_x()} * (kThreads / kLanes);
    std::int64_t row = (std::int64_t{block_x()} * kThreads + thread_index()) / kLanes;
    for (; row < x.rows; row += kRows * step) {
      std::int64_t from[kRows];
      ERGON_UNROLL
      for (int r = 0; r < kRows; ++r) {
        from[r] = row + r * step < x.rows ? x.source.of(row + r * step) : 0;
      }
      for (std::int64_t first = thread_index() % kLanes; first < x.words;
           first += kAhead * kLanes) {
        move(x, from, row, step, first);
      }
    }
  }
};

template <class Source, class Word, int kLanes, int kRows>
[[nodiscard]] Launch launch_moved_groups(const Binding& binding, const std::byte* in,
                                         std::byte* out, std::int64_t rows, std::int64_t words,
                                         const Source& source) {
  using Kernel = MovedRows<Source, Word, kLanes, kRows>;
  constexpr std::int64_t kRowsOfBlock = kRows * Kernel::kThreads / kLanes;
  const std::int64_t needed = (rows + kRowsOfBlock - 1) / kRowsOfBlock;
  const std::int64_t resident = multiprocessors(binding) * Kernel::kBlocks;
  return make_launch<Kernel>(binding.device, {.x = std::min(needed, resident)},
                             {.in = reinterpret_cast<const Word*>(in),
                              .out = reinterpret_cast<Word*>(out),
                              .rows = rows,
                              .words = words,
                              .source = source});
}

template <class Source, class Word>
[[nodiscard]] Launch launch_moved_words(const Binding& binding, const std::byte* in, std::byte* out,
                                        std::int64_t rows, std::size_t row_bytes,
                                        const Source& source) {
  const auto words = static_cast<std::int64_t>(row_bytes / sizeof(Word));
  if (words <= 8) {
    return launch_moved_groups<Source, Word, 8, 4>(binding, in, out, rows, words, source);
  }
  if (words <= 32) {
    return launch_moved_groups<Source, Word, 32, 4>(binding, in, out, rows, words, source);
  }
  return launch_moved_groups<Source, Word, 32, 1>(binding, in, out, rows, words, source);
}

// In the largest words, up to 16 bytes, that a row has a whole number of: then all rows begin at a
// multiple of them.
template <class Source>
[[nodiscard]] Launch launch_moved_rows(const Binding& binding, const std::byte* in, std::byte* out,
                                       std::int64_t rows, std::size_t row_bytes,
                                       const Source& source) {
  if (row_bytes % 16 == 0) {
    return launch_moved_words<Source, Vector<float>>(binding, in, out, rows, row_bytes, source);
  }
  if (row_bytes % 8 == 0) {
    return launch_moved_words<Source, std::uint64_t>(binding, in, out, rows, row_bytes, source);
  }
  if (row_bytes % 4 == 0) {
    return launch_moved_words<Source, std::uint32_t>(binding, in, out, rows, row_bytes, source);
  }
  return launch_moved_words<Source, std::uint16_t>(binding, in, out, rows, row_bytes, source);
}

}  // namespace ergon::ERGON_CUDA
