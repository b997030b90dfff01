#pragma once

// GEMM by multiply-adds of f32 in registers.
//
// A step of k is 64 multiply-adds of a thread for 4 loads of 16 bytes from shared memory. Those
// take two cycles each (cuda_simt_layout.h): 32 of a multiprocessor's four quarters together, which
// multiply for 64 cycles meanwhile. Eight steps are 512 multiply-adds of about 575 issues, the rest
// being 32 loads, 5 to 8 copies with their addresses, and the loop: 0.89 of the peak of f32 is
// expected at most.

#include "kernels/cuda/lanes.h"
#include "kernels/gemm/cuda_finish.inl.h"
#include "kernels/gemm/cuda_simt_layout.h"

namespace ergon::ERGON_CUDA {

// Two blocks of 256 threads on a multiprocessor leave a thread 128 registers: 64 sums, up to 32
// operands of this k and the next, the rest addresses.
struct LargeSimtTile : CudaSimtTile<2, 4, 2, 2> {  // 128 x 128
  static constexpr int kBlocks = 2;
};
// Three loads for 32 multiply-adds, against two; four times as many tiles.
struct SmallSimtTile : CudaSimtTile<2, 2, 1, 2> {  // 64 x 64
  static constexpr int kBlocks = 4;
};

// Feed: RegisterFeed or AsyncFeed, which bring the operands into shared memory step by step.
template <class Feed>
struct SimtGemm {
  using Arguments = CudaGemmArguments;
  using Tile = typename Feed::Tile;
  static constexpr int kThreads = Tile::kThreads;
  static constexpr int kBlocks = Tile::kBlocks;
  static constexpr int kSm = Feed::kSm;

  ERGON_LANE static void run(const Arguments& x) {
    Sums sums = {};
    multiply(x, tile_of(x, block_x()), sums);
    // Where the tile is is computed again: kept while k goes by it would take two registers, which
    // sm_100 and up spill.
    const CudaTileIndex tile = tile_of(x, fresh(block_x()));
    ERGON_UNROLL
    for (int i = 0; i < Tile::kRows; ++i) {
      const int row = tile.row * Tile::kM + Tile::row(thread_index(), i / 4) + i % 4;
      if (row >= x.m) continue;
      ERGON_UNROLL
      for (int j = 0; j < Tile::kColumns; j += 4) {
        const int column = tile.column * Tile::kN + Tile::column(thread_index(), j / 4);
        float four[4] = {sums[i][j], sums[i][j + 1], sums[i][j + 2], sums[i][j + 3]};
        if (column < x.n) finish_part<typename Feed::Out>(x, row, column, four);
      }
    }
  }

 private:
  // One thread's operands of a k, and sums.
  struct Fragments {
    float a[Tile::kRows], b[Tile::kColumns];
  };
  using Sums = float[Tile::kRows][Tile::kColumns];

  // 16 tiles down before one right: about as many down as across of the 264 that run at once.
  ERGON_LANE static CudaTileIndex tile_of(const Arguments& x, int block) {
    return raster(block, x.tiles_m, x.tiles_n, 16);
  }

  // A step is unrolled, so that the compiler reads the operands of a k while it multiplies others.
  ERGON_LANE static void multiply(const Arguments& x, const CudaTileIndex& tile, Sums& sums) {
    const int begin = block_y() * x.k_split;
    const int length = x.k - begin < x.k_split ? x.k - begin : x.k_split;
    Feed feed(x, tile.row * Tile::kM, tile.column * Tile::kN, begin, length);
    const float* buffer = feed.first(x);
    for (bool more = true; more;) {
      more = feed.more();
      if (more) feed.load(x);
      ERGON_UNROLL
      for (int k = 0; k < Tile::kDepth; ++k) {
        Fragments fragments;
        read(buffer, k, fragments);
        add_products(fragments, sums);
      }
      if (more) buffer = feed.next();
    }
  }

  ERGON_LANE static void read(const float* buffer, int k, Fragments& to) {
    const float* const a = buffer + k * Tile::kPitchA;
    const float* const b = buffer + Tile::kDepth * Tile::kPitchA + k * Tile::kPitchB;
    ERGON_UNROLL
    for (int run = 0; run < Tile::kRows / 4; ++run) {
      read_run(a + Tile::row(thread_index(), run), to.a + 4 * run);
    }
    ERGON_UNROLL
    for (int run = 0; run < Tile::kColumns / 4; ++run) {
      read_run(b + Tile::column(thread_index(), run), to.b + 4 * run);
    }
  }
  ERGON_LANE static void read_run(const float* from, float* to) {
    const Run<float, 4> run = *reinterpret_cast<const Run<float, 4>*>(from);
    ERGON_UNROLL
    for (int i = 0; i < 4; ++i) to[i] = run.at[i];
  }

  ERGON_LANE static void add_products(const Fragments& of, Sums& sums) {
    ERGON_UNROLL
    for (int i = 0; i < Tile::kRows; ++i) {
      ERGON_UNROLL
      for (int j = 0; j < Tile::kColumns; ++j) sums[i][j] = fma(of.a[i], of.b[j], sums[i][j]);
    }
  }
};

}  // namespace ergon::ERGON_CUDA
