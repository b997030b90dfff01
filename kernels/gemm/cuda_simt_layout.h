#pragma once

namespace ergon {

// Where the threads of gemm/cuda_simt find things: a warp makes kWarpRows x kWarpColumns of c,
// a thread kRows x kColumns of these, as runs of four rows and runs of four columns.
//
// Lanes are 8 down and 4 across, and neighbours share a's rows, so that bits 1 to 3 of a lane say
// where it is in a, bits 0 and 4 where in b. A warp's load of 16 bytes a lane takes two cycles of
// shared memory instead of four where lanes i and i ^ 1, or i and i ^ 2, want the same address:
// this order gives a the first and b the second (Gray, "SGEMM", maxas, 2014).
template <int kWarpsM_, int kWarpsN_, int kRowRuns, int kColumnRuns>
struct CudaSimtTile {
  static constexpr int kWarps = kWarpsM_ * kWarpsN_;
  static constexpr int kThreads = 32 * kWarps;
  static constexpr int kRows = 4 * kRowRuns;
  static constexpr int kColumns = 4 * kColumnRuns;
  static constexpr int kWarpRows = 8 * kRows;
  static constexpr int kWarpColumns = 4 * kColumns;
  static constexpr int kM = kWarpsM_ * kWarpRows;
  static constexpr int kN = kWarpsN_ * kWarpColumns;
  static constexpr int kDepth = 8;  // of k at a time

  // In shared memory both operands lie across k: kDepth rows of kM or kN floats. Rows begin 4 banks
  // further on than the last, so that threads beside each other in k, which turn an operand that
  // lies along k, meet no bank twice.
  static constexpr int kPitchA = kM + 4;
  static constexpr int kPitchB = kN + 4;
  static constexpr int kBufferFloats = kDepth * (kPitchA + kPitchB);

  // What a thread moves of each operand at a time.
  static constexpr int kMoved = 4;
  static_assert(kM * kDepth == kMoved * kThreads && kN * kDepth == kMoved * kThreads);

  // As a run of four, of an operand along k: its row, and the first of its k.
  [[nodiscard]] static constexpr int along_row(int thread) { return thread / (kDepth / 4); }
  [[nodiscard]] static constexpr int along_k(int thread) { return thread % (kDepth / 4) * 4; }
  // Of an operand across k: its k, and the first of its columns.
  [[nodiscard]] static constexpr int across_k(int thread) { return thread / (kN / 4); }
  [[nodiscard]] static constexpr int across_column(int thread) { return thread % (kN / 4) * 4; }

  // One by one, of an operand along k: 32 bytes of each of four rows a warp. Its k, and the row of
  // the first; the others are kOneRows further down each.
  static constexpr int kOneRows = kThreads / kDepth;
  [[nodiscard]] static constexpr int one_along_k(int thread) { return thread % kDepth; }
  [[nodiscard]] static constexpr int one_along_row(int thread) { return thread / kDepth; }
  // Of an operand across k: its column, and the k of the first; the others kOneDepth further on.
  static constexpr int kOneDepth = kThreads / kN;
  [[nodiscard]] static constexpr int one_across_k(int thread) { return thread / kN; }
  [[nodiscard]] static constexpr int one_across_column(int thread) { return thread % kN; }

  // The first row and column of c of a run of a thread.
  [[nodiscard]] static constexpr int row(int thread, int run) {
    return thread / 32 / kWarpsN_ * kWarpRows + run * 32 + (thread >> 1 & 7) * 4;
  }
  [[nodiscard]] static constexpr int column(int thread, int run) {
    const int across = (thread & 1) + (thread >> 3 & 2);
    return thread / 32 % kWarpsN_ * kWarpColumns + run * 16 + across * 4;
  }
};

}  // namespace ergon
