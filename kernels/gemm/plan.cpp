#include "kernels/gemm/plan.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace ergon {
namespace {

// Dot tiles read b where it is; transposing it costs some ten rows' products. What they lose is the
// folding of their sums, once for k, so that longer sums keep them ahead for more rows: m 64, n and
// k 4096: 1.3 times as fast; m 128, n and k 768: 1.06; m 64 with k 64: 0.8.
std::int64_t dot_rows_max(std::int64_t k) {
  if (k < 256) return 14;
  return k < 512 ? 48 : 160;
}

// Packing b of k x n pays only where many tiles of rows read it again.
constexpr std::int64_t kDirectRowsMax = 300;

constexpr std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) { return ceil_divide(a, b) * b; }

// The largest block of at most `most` that cuts `count` evenly, as a multiple of `multiple`.
std::int64_t even_block(std::int64_t count, std::int64_t most, std::int64_t multiple) {
  const std::int64_t blocks = ceil_divide(count, std::max(most, multiple));
  return round_up(ceil_divide(count, blocks), multiple);
}

std::int64_t cache_floats(std::span<const CacheLevel> caches, std::string_view name,
                          std::int64_t otherwise) {
  const auto found = std::ranges::find(caches, name, &CacheLevel::name);
  const std::int64_t bytes =
      found == caches.end() ? otherwise : static_cast<std::int64_t>(found->bytes_each);
  return bytes / static_cast<std::int64_t>(sizeof(float));
}

// The grid whose largest block of c costs least: its multiply-adds, and per step of k the packing
// or reading of its columns of b and the reading of its rows of a, in multiply-adds' time. Where
// rows of c are no whole lines, blocks side by side write to one line in every row, which goes from
// core to core for some 100 ns.
void choose_grid(GemmPlan& plan, const GemmArguments& gemm) {
  constexpr std::int64_t kReadCost = 2;
  constexpr std::int64_t kLine = 16;
  const std::int64_t column_cost = plan.source == GemmPlan::Source::launch ? 8 : kReadCost;
  const std::int64_t shared_line_cost = gemm.n % kLine == 0 ? 0 : 6144;
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (int columns = 1; columns <= plan.members; ++columns) {
    const int rows = plan.members / columns;
    const std::int64_t block_rows = ceil_divide(gemm.m, rows);
    const std::int64_t units = ceil_divide(gemm.n, plan.column_multiple);
    const std::int64_t block_columns = ceil_divide(units, columns) * plan.column_multiple;
    const std::int64_t shared_lines = columns > 1 ? block_rows : 0;
    const std::int64_t cost = block_rows * block_columns + column_cost * block_columns +
                              kReadCost * block_rows + shared_line_cost * shared_lines / gemm.k;
    if (cost >= best) continue;
    best = cost;
    plan.grid_rows = rows;
    plan.grid_columns = columns;
  }
  plan.members = plan.grid_rows * plan.grid_columns;
}

GemmPlan::Source choose_source(const GemmArguments& gemm, bool weights_packed) {
  if (weights_packed) return GemmPlan::Source::weights;
  if (!gemm.transposed) {
    return gemm.m <= kDirectRowsMax ? GemmPlan::Source::direct : GemmPlan::Source::launch;
  }
  return gemm.m <= dot_rows_max(gemm.k) ? GemmPlan::Source::dot : GemmPlan::Source::launch;
}

// Vectors of a panel that `rows` rows read where b is, of `columns` columns. The fewer rows, the
// wider the tile that holds them all, which reads b once and in longer runs; seven and eight are
// one tile if it is narrower than others.
int direct_vectors(std::int64_t rows, std::int64_t columns, const GemmInstructions& instructions) {
  int widest = GemmInstructions::kVectorsMax;
  while (widest > instructions.vectors && instructions.outer_rows[widest] < rows) --widest;
  constexpr int kNarrow = 3;
  const bool once = rows > instructions.rows && rows < instructions.outer_rows[kNarrow];
  if (once && instructions.vectors > kNarrow) widest = kNarrow;
  const std::int64_t vectors = ceil_divide(columns, instructions.width);
  return static_cast<int>(ceil_divide(vectors, ceil_divide(vectors, widest)));
}

// Six rows of a and four of b lie in the first level, and a group of columns in half of the second.
void cut_dots(GemmPlan& plan, std::int64_t k, int width, std::int64_t l1, std::int64_t l2) {
  constexpr std::int64_t kLines = 9;   // ten, but that the last row of b goes by
  constexpr std::int64_t kGroup = 60;  // tiles of 4, 5 and 6 columns leave none over
  plan.k_block = even_block(k, l1 / kLines, width);
  plan.column_block = std::max(kGroup, l2 / 2 / plan.k_block / kGroup * kGroup);
}

}  // namespace

int gemm_threads(std::int64_t products, int threads) {
  constexpr std::int64_t kEach = std::int64_t{1} << 17;
  const std::int64_t worthwhile =
      products < kEach ? 1 : std::max<std::int64_t>(2, products / kEach);
  return static_cast<int>(std::min<std::int64_t>(worthwhile, threads));
}

GemmPlan plan_gemm(const GemmArguments& gemm, const GemmInstructions& instructions,
                   std::span<const CacheLevel> caches, int threads, bool weights_packed) {
  const std::int64_t l1 = cache_floats(caches, "L1", 32 << 10);
  const std::int64_t l2 = cache_floats(caches, "L2", 512 << 10);
  const std::int64_t l3 = cache_floats(caches, "L3", 8 << 20);
  GemmPlan plan = {};
  plan.source = choose_source(gemm, weights_packed);
  plan.vectors = instructions.vectors;
  plan.panel = std::int64_t{plan.vectors} * instructions.width;
  plan.members = gemm_threads(gemm.m * gemm.n * gemm.k, threads);
  plan.column_multiple = weights_packed ? plan.panel : instructions.width;
  choose_grid(plan, gemm);
  const std::int64_t rows = ceil_divide(gemm.m, plan.grid_rows);
  if (plan.source == GemmPlan::Source::direct) {
    plan.vectors = direct_vectors(rows, ceil_divide(gemm.n, plan.grid_columns), instructions);
    plan.panel = std::int64_t{plan.vectors} * instructions.width;
  }
  // Where there are columns enough, members' blocks meet at whole panels.
  if (gemm.n >= 4 * plan.panel * plan.grid_columns) plan.column_multiple = plan.panel;

  const std::int64_t tile_columns = std::int64_t{instructions.vectors} * instructions.width;
  // A panel of b is up to four times the first-level cache and comes from the second for every tile
  // of rows: 256 bytes per 24 cycles, where that level gives 64 a cycle. Shorter sums load and
  // store c more often: with a panel in the first level 4 % lost (m 128, n and k 768), with one of
  // twice the level 3 % (127 x 255 x 333, whose k is one block now).
  plan.k_block = even_block(gemm.k, std::clamp<std::int64_t>(4 * l1 / tile_columns, 128, 512),
                            instructions.width);
  // Half of the second level for the rows of a that all panels read again.
  plan.row_block = even_block(rows, l2 / 2 / plan.k_block, 1);
  // A member's part of half of the last level for its panels of b.
  const std::int64_t columns = round_up(ceil_divide(gemm.n, plan.grid_columns), plan.panel);
  plan.column_block = even_block(columns, l3 / 2 / plan.members / plan.k_block, plan.panel);
  plan.copies_a = columns >= 8 * plan.panel;
  // From beyond the second level the lines of c take longer than the core can look ahead.
  plan.prefetches_c = gemm.m * gemm.n > l2;
  if (plan.source == GemmPlan::Source::dot) cut_dots(plan, gemm.k, instructions.width, l1, l2);
  return plan;
}

}  // namespace ergon
