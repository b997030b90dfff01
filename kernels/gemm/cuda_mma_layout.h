#pragma once

namespace ergon {

// Where the threads of gemm/cuda_mma find things. In shared memory a step's operands lie in chunks
// of 16 bytes: what a copy brings and what a lane addresses for ldmatrix. Eight lanes' chunks go in
// one cycle where no two lie in the same 16 of 128 bytes, so chunks change places within their row:
// by exclusive or with some bits of the row's number, which is its own inverse.
//
// An operand along k has rows of 64 bytes of k: 32 elements of 16 bits or 16 of tf32. Two rows fill
// 128 bytes, so eight rows' chunks of the same k go to all of them by two bits of row / 2.
[[nodiscard]] constexpr int place_along_k(int row, int chunk) {
  return 64 * row + 16 * (chunk ^ (row >> 1 & 3));
}

// An operand across k has rows of a whole multiple of 128 bytes, one of each k. Of 16 bits, eight
// k's chunks of the same columns go to all of 128 bytes by three bits of k.
[[nodiscard]] constexpr int place_across_k(int row_bytes, int k, int chunk) {
  return row_bytes * k + 16 * (chunk ^ (k & 7));
}
// Of tf32, lanes load chunks themselves, as ldmatrix transposes 16 bits only: eight lanes two
// chunks of each of four k, which are 128 bytes by two bits of k times two.
[[nodiscard]] constexpr int place_across_k_tf32(int row_bytes, int k, int chunk) {
  return row_bytes * k + 16 * (chunk ^ (k & 3) << 1);
}

// A block of warps, each of which makes kWarpRows x kWarpColumns of c.
template <int kWarpsM_, int kWarpsN_, int kWarpRows_, int kWarpColumns_, int kStages_>
struct CudaMmaTile {
  static constexpr int kThreads = 32 * kWarpsM_ * kWarpsN_;
  static constexpr int kWarpRows = kWarpRows_;
  static constexpr int kWarpColumns = kWarpColumns_;
  static constexpr int kM = kWarpsM_ * kWarpRows;
  static constexpr int kN = kWarpsN_ * kWarpColumns;
  static constexpr int kStages = kStages_;
  static constexpr int kDepthBytes = 64;  // of k at a time; two products of matrices
  static constexpr int kOperandA = kM * kDepthBytes;
  static constexpr int kStageBytes = kOperandA + kN * kDepthBytes;
  static constexpr int kSharedBytes = kStages * kStageBytes;

  [[nodiscard]] static constexpr int warp_row(int thread) {
    return thread / 32 / kWarpsN_ * kWarpRows;
  }
  [[nodiscard]] static constexpr int warp_column(int thread) {
    return thread / 32 % kWarpsN_ * kWarpColumns;
  }

  // Chunks that a thread copies: every kThreads-th. Of an operand along k four are a row.
  static constexpr int kChunksA = kM * 4 / kThreads;
  static constexpr int kChunksB = kN * 4 / kThreads;
  static_assert(kM * 4 % kThreads == 0 && kN * 4 % kThreads == 0);
  [[nodiscard]] static constexpr int along_row(int thread) { return thread / 4; }
  [[nodiscard]] static constexpr int along_chunk(int thread) { return thread % 4; }
  static constexpr int kAlongRows = kThreads / 4;  // from one of a thread's chunks to the next
  static_assert(kAlongRows % 8 == 0);              // so that all of them change places alike
  // Of b across k, `bytes` an element.
  [[nodiscard]] static constexpr int across_k(int thread, int bytes) {
    return thread / (kN * bytes / 16);
  }
  [[nodiscard]] static constexpr int across_chunk(int thread, int bytes) {
    return thread % (kN * bytes / 16);
  }
  [[nodiscard]] static constexpr int across_rows(int bytes) { return kThreads / (kN * bytes / 16); }

  // The chunks that lanes address for ldmatrix .x4, of half `half` of a step's k. Of a, 16 rows by
  // 32 bytes: matrices 1 and 3 are rows 8 to 15, 2 and 3 the upper 16 bytes.
  [[nodiscard]] static constexpr int place_of_a(int thread, int sixteen, int half) {
    const int lane = thread % 32;
    return place_along_k(warp_row(thread) + 16 * sixteen + lane % 16, 2 * half + lane / 16);
  }
  // Of b along k, 16 columns by 32 bytes: matrices 1 and 3 are the upper 16 bytes, 2 and 3 columns
  // 8 to 15, so that two registers are a fragment of eight columns.
  [[nodiscard]] static constexpr int place_of_b_along(int thread, int sixteen, int half) {
    const int lane = thread % 32;
    const int column = warp_column(thread) + 16 * sixteen + lane % 8 + lane / 16 * 8;
    return kOperandA + place_along_k(column, 2 * half + lane / 8 % 2);
  }
  // Of b across k, 16 k by 16 columns, transposed on the way: matrices 1 and 3 are k 8 to 15.
  [[nodiscard]] static constexpr int place_of_b_across(int thread, int sixteen, int half) {
    const int lane = thread % 32;
    const int chunk = warp_column(thread) / 8 + 2 * sixteen + lane / 16;
    return kOperandA + place_across_k(2 * kN, 16 * half + lane % 16, chunk);
  }
  // Of b across k in tf32, the chunk of a lane in half `upper` of four fragments at once: 32
  // columns, of which column c of fragment f is 4 c + f, since a chunk's words are each a
  // fragment's.
  [[nodiscard]] static constexpr int place_of_b_tf32(int thread, int thirtytwo, int half,
                                                     int upper) {
    const int lane = thread % 32;
    const int k = 8 * half + 4 * upper + lane % 4;
    const int chunk = warp_column(thread) / 4 + 8 * thirtytwo + lane / 4;
    return kOperandA + place_across_k_tf32(4 * kN, k, chunk);
  }

  // On the way to c, a warp's 16 rows of sums lie in its part of shared memory, each 8 banks
  // further on than the last: four rows' pairs of a fragment, which go in one cycle, fill the 32.
  static constexpr int kSumsPitch = kWarpColumns + 8;
  static constexpr int kSumsBytes = 4 * 16 * kSumsPitch;
  static_assert(kThreads / 32 * kSumsBytes <= kSharedBytes && kSumsPitch % 32 == 8);
  // Where a lane puts the pair of rows 0 to 7 (8 to 15 where `lower`) of eight columns.
  [[nodiscard]] static constexpr int place_of_pair(int thread, int eight, int lower) {
    const int lane = thread % 32;
    return thread / 32 * kSumsBytes +
           4 * ((lane / 4 + 8 * lower) * kSumsPitch + 8 * eight + lane % 4 * 2);
  }
  // With columns as place_of_b_tf32 has them a lane has eight neighbours of 32, and puts four of
  // them first: of every other row the upper ones, or they would meet the row before.
  [[nodiscard]] static constexpr int place_of_four(int thread, int thirtytwo, int lower,
                                                   int second) {
    const int lane = thread % 32;
    const int upper = second ^ (lane >> 2 & 1);
    return thread / 32 * kSumsBytes +
           4 * ((lane / 4 + 8 * lower) * kSumsPitch + 32 * thirtytwo + lane % 4 * 8 + 4 * upper);
  }
  // A lane takes kRun sums of a row: the row within a pass over 32 / (kWarpColumns / kRun) rows,
  // and the first column.
  template <int kRun>
  static constexpr int kPassRows = 32 * kRun / kWarpColumns;
  template <int kRun>
  [[nodiscard]] static constexpr int run_row(int thread) {
    return thread % 32 / (kWarpColumns / kRun);
  }
  template <int kRun>
  [[nodiscard]] static constexpr int run_column(int thread) {
    return thread % 32 % (kWarpColumns / kRun) * kRun;
  }
  // Where the four of them are that it takes first (second, where `second`). Of eight, every other
  // four lanes take the upper half first, or they would meet the lanes before them.
  template <int kRun>
  [[nodiscard]] static constexpr int place_of_run(int thread, int row, int second) {
    const int quad = kRun == 8 ? second ^ (thread >> 2 & 1) : 0;
    return thread / 32 * kSumsBytes +
           4 * ((row + run_row<kRun>(thread)) * kSumsPitch + run_column<kRun>(thread) + 4 * quad);
  }
};

}  // namespace ergon
