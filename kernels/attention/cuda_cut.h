#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/problem.h"

namespace ergon {

// How the CUDA kernels cut an attention problem into blocks: plain functions, which device code
// calls too.

// A unit is one query head; or, where the queries of one would leave most of a tile empty (decoding
// has one), all the query heads that a KV head serves, so that its keys are read once for all of
// them. The rows of a unit lie one after another in q; row r is query r % queries.
struct AttentionUnits {
  std::int64_t units = 0;
  int units_per_kv = 1;  // that share a KV head, one after another
  int rows = 0;          // of a unit
  int queries = 0, keys = 0, head_size = 0;
  bool causal = false;

  // Keys that a row sees: the first so many; at least one, as queries <= keys under a causal mask.
  [[nodiscard]] constexpr int seen(int row) const {
    return causal ? keys - queries + row % queries + 1 : keys;
  }
  // The least and the most of the rows from `first` up to `end`, which may belong to two heads.
  [[nodiscard]] constexpr int seen_least(int first, int end) const {
    return first / queries == (end - 1) / queries ? seen(first) : seen(0);
  }
  [[nodiscard]] constexpr int seen_most(int first, int end) const {
    return first / queries == (end - 1) / queries ? seen(end - 1) : keys;
  }
};

// The units of a problem for tiles of so many rows.
[[nodiscard]] inline AttentionUnits attention_units(const Problem& problem, int tile_rows) {
  const std::int64_t kv_heads = problem.extent("kv_heads");
  const int group = static_cast<int>(problem.extent("heads") / kv_heads);
  const int queries = static_cast<int>(problem.extent("queries"));
  const bool together = queries < tile_rows;
  return {.units = problem.extent("batch") * kv_heads * (together ? 1 : group),
          .units_per_kv = together ? 1 : group,
          .rows = together ? group * queries : queries,
          .queries = queries,
          .keys = static_cast<int>(problem.extent("keys")),
          .head_size = static_cast<int>(problem.extent("head_size")),
          .causal = problem.choice("mask") == "causal"};
}

// The reason the kernels take no such heads, or not so many rows, which they count by ints.
[[nodiscard]] inline std::string refuse_attention_extents(const Problem& problem, int head_max) {
  constexpr std::int64_t kCountMax = std::int64_t{1} << 30;
  if (const std::int64_t head = problem.extent("head_size"); head > head_max) {
    return "takes head_size up to " + std::to_string(head_max) + ", not " + std::to_string(head);
  }
  const std::int64_t rows = problem.extent("heads") * problem.extent("queries");
  if (std::max(rows, problem.extent("keys")) > kCountMax ||
      problem.extent("batch") > kCountMax / rows) {
    return "counts rows of queries, and keys, up to 2^30";
  }
  return "";
}

// The order of the tiles of rows. Units go by sections whose keys and values fit the second-level
// cache together. In a section tiles go from the last rows to the first: under a causal mask the
// last see the most keys, and a grid that ends with its shortest blocks ends evenly (longest
// processing time first, Graham 1969).
struct RowTiles {
  std::int64_t units = 0;
  std::int64_t section = 1;  // units
  int tile_rows = 1;
  int count = 1;  // tiles of a unit

  struct Place {
    std::int64_t unit;
    int first_row;
  };
  [[nodiscard]] constexpr Place place(std::int64_t block) const {
    const std::int64_t first_unit = block / (section * count) * section;
    const std::int64_t width = std::min(section, units - first_unit);
    const std::int64_t within = block - first_unit * count;
    const auto tile = static_cast<int>(count - 1 - within / width);
    return {.unit = first_unit + within % width, .first_row = tile * tile_rows};
  }
};

// `kv_bytes`: of the keys and values of one KV head.
[[nodiscard]] constexpr RowTiles row_tiles(const AttentionUnits& units, int tile_rows,
                                           std::size_t kv_bytes, std::size_t l2_bytes) {
  // Half: what is written passes through the cache too.
  const auto kv_heads =
      static_cast<std::int64_t>(l2_bytes / 2 / std::max<std::size_t>(kv_bytes, 1));
  return {
      .units = units.units,
      .section = std::min(units.units, std::max<std::int64_t>(kv_heads, 1) * units.units_per_kv),
      .tile_rows = tile_rows,
      .count = (units.rows + tile_rows - 1) / tile_rows};
}

// The tiles of keys from `begin` up to `end` that one of `splits` blocks takes.
struct KeyTiles {
  int begin, end;
};
[[nodiscard]] constexpr KeyTiles key_tiles(int tiles, int splits, int split) {
  const auto cut = [&](std::int64_t at) { return static_cast<int>(at * tiles / splits); };
  return {.begin = cut(split), .end = cut(split + 1)};
}

// Blocks that share the keys of one tile of rows, where there are too few tiles of rows to fill the
// GPU, which holds `resident` blocks at a time: the fewest of those that end soonest. A block costs
// as many units as it has tiles of keys, and four to start, to end and to be combined.
[[nodiscard]] constexpr int key_splits(std::int64_t blocks, int tiles, std::int64_t resident) {
  constexpr std::int64_t kOwnCost = 4;
  constexpr int kSplitsMax = 1024;
  const auto cost = [&](std::int64_t splits) {
    const std::int64_t waves = (blocks * splits + resident - 1) / resident;
    const std::int64_t combine = splits > 1 ? kOwnCost : 0;
    return waves * ((tiles + splits - 1) / splits + kOwnCost) + combine;
  };
  int best = 1;
  for (int splits = 2; splits <= std::min(tiles, kSplitsMax); ++splits) {
    if (cost(splits) < cost(best)) best = splits;
  }
  return best;
}

}  // namespace ergon
