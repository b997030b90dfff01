#pragma once

#include <cmath>
#include <memory>

#include "kernels/attention/cuda_cut.h"
#include "kernels/cuda/launch.h"

// What the attention kernels for GPUs share: the arguments of a launch, and the second stage where
// blocks share the keys of a row.
namespace ergon::ERGON_CUDA {

template <class Element>
struct AttentionArguments {
  AttentionUnits units;
  RowTiles tiles;
  int splits;   // block_y() of them
  float scale;  // of a score, whose exponential is one of base 2: log2(e) / sqrt(head_size)
  const Element* q;
  const Element* k;
  const Element* v;
  Element* out;
  // Where splits > 1, per split and row: the sum of the weighted values; the weights' base and sum.
  float* sums;   // splits x rows of all units x head_size
  float* stats;  // splits x rows of all units x 2
};

// Rows of all units: weights are relative to their split's base, so the parts are scaled to the
// largest of all before they are added, in the order of the splits: the same bits every time.
// One block a row; four warps take every fourth split, so that four times the loads are under way.
template <class Element>
struct AttentionCombine {
  struct Arguments {
    const float* sums;
    const float* stats;
    Element* out;
    std::int64_t rows;
    int splits;
    int head_size;
  };
  static constexpr int kThreads = 128;
  static constexpr int kBlocks = 8;
  static constexpr int kSm = 53;
  static constexpr int kWarps = kThreads / 32;
  static constexpr int kHeadMax = 256;
  static constexpr int kSharedBytes = kWarps * (kHeadMax + 1) * 4;

  ERGON_LANE static float largest_base(const Arguments& x, std::int64_t row) {
    float largest = -INFINITY;
    for (int split = lane_index(); split < x.splits; split += 32) {
      largest = max(largest, x.stats[2 * (split * x.rows + row)]);
    }
    ERGON_UNROLL
    for (int mask = 16; mask > 0; mask /= 2) largest = max(largest, shuffle_xor(largest, mask));
    return largest;
  }

  ERGON_LANE static void run(const Arguments& x) {
    const std::int64_t row = block_x();
    const float base = largest_base(x, row);
    float part[kHeadMax / 32] = {};
    float weights = 0;
    for (int split = warp_index(); split < x.splits; split += kWarps) {
      const std::int64_t at = split * x.rows + row;
      const float scale = exp2_fast(x.stats[2 * at] - base);
      weights = fma(scale, x.stats[2 * at + 1], weights);
      ERGON_UNROLL
      for (int i = 0; i < kHeadMax / 32; ++i) {
        const int column = lane_index() + 32 * i;
        if (column < x.head_size) {
          part[i] = fma(scale, x.sums[at * x.head_size + column], part[i]);
        }
      }
    }
    auto* parts = reinterpret_cast<float*>(shared_memory());
    float* own = parts + warp_index() * (kHeadMax + 1);
    ERGON_UNROLL
    for (int i = 0; i < kHeadMax / 32; ++i) own[lane_index() + 32 * i] = part[i];
    if (lane_index() == 0) own[kHeadMax] = weights;
    block_barrier();
    for (int column = thread_index(); column < x.head_size; column += kThreads) {
      float sum = 0, weight = 0;
      for (int warp = 0; warp < kWarps; ++warp) {
        sum += parts[warp * (kHeadMax + 1) + column];
        weight += parts[warp * (kHeadMax + 1) + kHeadMax];
      }
      x.out[row * x.head_size + column] = narrow_to<Element>(sum / weight);
    }
  }
};

// The launch of a kernel's tiles, and of the second stage where key_splits finds one worthwhile. A
// Launchable says its kRows and kKeys of a tile and its kSharedBytes.
template <class Launchable, class Element>
Launch bind_attention_tiles(const Binding& binding) {
  const Problem& problem = binding.problem;
  const CudaProperties& gpu = cuda_device(binding.device).properties();
  const AttentionUnits units = attention_units(problem, Launchable::kRows);
  const auto operand = [&](std::size_t i) {
    return reinterpret_cast<Element*>(binding.operands[i].get());
  };
  const auto head = static_cast<std::size_t>(units.head_size);
  const std::size_t kv_bytes = 2 * static_cast<std::size_t>(units.keys) * head * sizeof(Element);
  const RowTiles tiles = row_tiles(units, Launchable::kRows, kv_bytes, gpu.l2_bytes);
  const std::int64_t blocks = units.units * tiles.count;
  const int splits =
      key_splits(blocks, (units.keys + Launchable::kKeys - 1) / Launchable::kKeys,
                 std::int64_t{Launchable::kBlocks} * std::max(gpu.multiprocessors, 1));
  AttentionArguments<Element> arguments = {
      .units = units,
      .tiles = tiles,
      .splits = splits,
      .scale = static_cast<float>(std::log2(std::exp(1.0)) / std::sqrt(units.head_size)),
      .q = operand(0),
      .k = operand(1),
      .v = operand(2),
      .out = operand(3),
      .sums = nullptr,
      .stats = nullptr};
  const Grid grid = {.x = blocks, .y = splits, .shared_bytes = Launchable::kSharedBytes};
  if (splits == 1) return make_launch<Launchable>(binding.device, grid, arguments);

  const std::int64_t rows = units.units * units.rows;
  const std::size_t parts = static_cast<std::size_t>(rows) * static_cast<std::size_t>(splits);
  const Buffer scratch =
      binding.device.allocate(parts * (head + 2) * sizeof(float), binding.threads);
  arguments.sums = reinterpret_cast<float*>(scratch.get());
  arguments.stats = arguments.sums + parts * head;
  const Launch first = make_launch<Launchable>(binding.device, grid, arguments);
  using Combine = AttentionCombine<Element>;
  const Launch second =
      make_launch<Combine>(binding.device, {.x = rows, .shared_bytes = Combine::kSharedBytes},
                           {.sums = arguments.sums,
                            .stats = arguments.stats,
                            .out = arguments.out,
                            .rows = rows,
                            .splits = splits,
                            .head_size = units.head_size});
  return [scratch, first, second] {
    first();
    second();
  };
}

}  // namespace ergon::ERGON_CUDA
