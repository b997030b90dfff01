#pragma once

// GEMM by mma.sync on tensor cores, operands copied by cp.async several steps ahead: the
// multistage pipeline of CUTLASS ("Efficient GEMM in CUDA", CUTLASS documentation).
//
// A warp's 64 x 64 of c takes, of 32 bytes of k, 4 KB from shared memory: 32 cycles, 256 of the
// eight warps of a multiprocessor, beside 96 for what copies write there. Their 128 x 256 products
// take 256 cycles at the rate that wgmma reaches, and some 1.6 times that, 410, with mma.sync on
// sm_90 (expected): shared memory is busy for 0.85 of it and tensor cores stay the limit.

#include "kernels/cuda/lanes.h"
#include "kernels/gemm/cuda_finish.inl.h"
#include "kernels/gemm/cuda_mma_copies.inl.h"

namespace ergon::ERGON_CUDA {

// 128 sums, 64 registers of fragments of this half step and the next; 96 KB, which sm_86, sm_89 and
// sm_120 have of one block too.
struct LargeMmaTile : CudaMmaTile<2, 4, 64, 64, 4> {  // 128 x 256
  static constexpr int kBlocks = 1;
};
// The same warps, four of them, twice on a multiprocessor; 48 KB, so that they fit those as well.
struct MediumMmaTile : CudaMmaTile<2, 2, 64, 64, 3> {  // 128 x 128
  static constexpr int kBlocks = 2;
};
// Twice the loads from shared memory of a product; for few tiles.
struct SmallMmaTile : CudaMmaTile<2, 2, 32, 32, 4> {  // 64 x 64
  static constexpr int kBlocks = 3;
};

// Element: F16, Bf16 or Tf32. kNarrow: rows of a or b do not start at multiples of 16 bytes.
template <class Element, bool kTransposed, bool kNarrow, class Tile>
struct MmaGemm {
  using Arguments = CudaGemmArguments;
  static constexpr int kThreads = Tile::kThreads;
  static constexpr int kBlocks = Tile::kBlocks;
  static constexpr int kSm = 80;
  static constexpr bool kTf32 = std::is_same_v<Element, Tf32>;
  using Out = std::conditional_t<kTf32, float, Element>;

  ERGON_LANE static void run(const Arguments& x) {
    // 16 tiles down before one right: about as many bytes of a as of b of the tiles of a wave.
    const CudaTileIndex tile = raster(block_x(), x.tiles_m, x.tiles_n, 16);
    Sums sums = {};
    multiply(x, tile, sums);
    block_barrier();  // the stages become room for sums
    const int row = tile.row * Tile::kM + Tile::warp_row(thread_index());
    const int column = tile.column * Tile::kN + Tile::warp_column(thread_index());
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      put(sums[i]);
      warp_barrier();
      if (sizeof(Out) == sizeof(float) || x.wide || x.partial != nullptr) {
        finish_rows<4>(x, row + 16 * i, column);
      } else {
        finish_rows<8>(x, row + 16 * i, column);
      }
      warp_barrier();
    }
  }

 private:
  static constexpr int kSixteens = Tile::kWarpRows / 16;  // rows of a fragment of a
  static constexpr int kEights = Tile::kWarpColumns / 8;  // columns of one of b
  // Fragments of b are loaded four at a time, their columns dealt out among them.
  static constexpr bool kFours = kTf32 && !kTransposed;
  using Sums = float[kSixteens][kEights][4];
  struct Fragments {
    std::uint32_t a[kSixteens][4], b[kEights][2];
  };

  // A step is two halves. Fragments of a half are loaded before the products of the one before.
  ERGON_LANE static void multiply(const Arguments& x, const CudaTileIndex& tile, Sums& sums) {
    const int begin = block_y() * x.k_split;
    const int length = x.k - begin < x.k_split ? x.k - begin : x.k_split;
    MmaCopies<Element, kTransposed, kNarrow, Tile> copies(x, tile.row * Tile::kM,
                                                          tile.column * Tile::kN, begin, length);
    ERGON_UNROLL
    for (int i = 0; i < Tile::kStages - 1; ++i) copies.copy(x, stage(i * Tile::kStageBytes));
    wait_copies<Tile::kStages - 2>();
    block_barrier();
    Fragments fragments[2];
    load(stage(0), 0, fragments[0]);
    int at = 0;
    for (bool more = true; more;) {
      load(stage(at), 1, fragments[1]);
      more = copies.left() > (2 - Tile::kStages) * copies.kDepth;
      // In place of the step before this one, whose last fragments all have behind the barrier.
      copies.copy(x, stage(at == 0 ? kLast : at - Tile::kStageBytes));
      add_products(fragments[0], sums);
      if (more) {
        wait_copies<Tile::kStages - 2>();
        block_barrier();
        at = at == kLast ? 0 : at + Tile::kStageBytes;
        load(stage(at), 0, fragments[0]);
      }
      add_products(fragments[1], sums);
    }
  }

  static constexpr int kLast = (Tile::kStages - 1) * Tile::kStageBytes;
  ERGON_LANE static std::byte* stage(int offset) { return shared_memory() + offset; }

  ERGON_LANE static void load(const std::byte* stage, int half, Fragments& to) {
    const int thread = thread_index();
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      load_matrices(to.a[i], stage + Tile::place_of_a(thread, i, half));
    }
    if constexpr (kFours) {
      ERGON_UNROLL
      for (int j = 0; j < kEights / 4; ++j) {
        ERGON_UNROLL
        for (int upper = 0; upper < 2; ++upper) {
          const auto four = *reinterpret_cast<const Run<std::uint32_t, 4>*>(
              stage + Tile::place_of_b_tf32(thread, j, half, upper));
          ERGON_UNROLL
          for (int i = 0; i < 4; ++i) to.b[4 * j + i][upper] = four.at[i];
        }
      }
    } else {
      ERGON_UNROLL
      for (int j = 0; j < kEights / 2; ++j) {
        std::uint32_t two[4];
        if constexpr (kTransposed) {
          load_matrices(two, stage + Tile::place_of_b_along(thread, j, half));
        } else {
          load_matrices_transposed(two, stage + Tile::place_of_b_across(thread, j, half));
        }
        ERGON_UNROLL
        for (int i = 0; i < 4; ++i) to.b[2 * j + i / 2][i % 2] = two[i];
      }
    }
  }

  ERGON_LANE static void add_products(const Fragments& of, Sums& sums) {
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      ERGON_UNROLL
      for (int j = 0; j < kEights; ++j) {
        if constexpr (kTf32) {
          mma_tf32(sums[i][j], of.a[i], of.b[j]);
        } else {
          mma(sums[i][j], of.a[i], of.b[j], Element{});
        }
      }
    }
  }

  // 16 rows of sums into the warp's part of shared memory.
  ERGON_LANE static void put(const float (&sums)[kEights][4]) {
    ERGON_UNROLL
    for (int lower = 0; lower < 2; ++lower) {
      if constexpr (kFours) {
        put_fours(sums, lower);
      } else {
        ERGON_UNROLL
        for (int j = 0; j < kEights; ++j) {
          *reinterpret_cast<Run<float, 2>*>(stage(Tile::place_of_pair(
              thread_index(), j, lower))) = {{sums[j][2 * lower], sums[j][2 * lower + 1]}};
        }
      }
    }
  }
  ERGON_LANE static void put_fours(const float (&sums)[kEights][4], int lower) {
    const int thread = thread_index();
    const bool swapped = (thread >> 2 & 1) != 0;
    ERGON_UNROLL
    for (int j = 0; j < kEights; j += 4) {
      Run<float, 4> first, second;
      ERGON_UNROLL
      for (int i = 0; i < 4; ++i) {
        const float left = sums[j + i][2 * lower], right = sums[j + i][2 * lower + 1];
        first.at[i] = swapped ? right : left;
        second.at[i] = swapped ? left : right;
      }
      *reinterpret_cast<Run<float, 4>*>(stage(Tile::place_of_four(thread, j / 4, lower, 0))) =
          first;
      *reinterpret_cast<Run<float, 4>*>(stage(Tile::place_of_four(thread, j / 4, lower, 1))) =
          second;
    }
  }

  // And from there to c, kRun of a row a lane.
  template <int kRun>
  ERGON_LANE static void finish_rows(const Arguments& x, int row, int column) {
    const int thread = thread_index();
    column += Tile::template run_column<kRun>(thread);
    if (column >= x.n) return;
    for (int i = 0; i < 16; i += Tile::template kPassRows<kRun>) {
      const int at_row = row + i + Tile::template run_row<kRun>(thread);
      if (at_row >= x.m) return;
      float sums[kRun];
      take<kRun>(i, sums);
      finish_part<Out>(x, at_row, column, sums);
    }
  }
  template <int kRun>
  ERGON_LANE static void take(int row, float (&sums)[kRun]) {
    using Four = Run<float, 4>;
    const int thread = thread_index();
    const auto at = [&](int second) {
      return *reinterpret_cast<const Four*>(
          stage(Tile::template place_of_run<kRun>(thread, row, second)));
    };
    const Four first = at(0);
    if constexpr (kRun == 4) {
      ERGON_UNROLL
      for (int i = 0; i < 4; ++i) sums[i] = first.at[i];
    } else {
      const Four second = at(1);
      const bool swapped = (thread >> 2 & 1) != 0;
      ERGON_UNROLL
      for (int i = 0; i < 4; ++i) {
        sums[i] = swapped ? second.at[i] : first.at[i];
        sums[4 + i] = swapped ? first.at[i] : second.at[i];
      }
    }
  }
};

}  // namespace ergon::ERGON_CUDA
