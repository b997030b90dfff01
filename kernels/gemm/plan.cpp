#include "kernels/gemm/plan.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace ergon {
namespace {

// Dot tiles read b where it is, once for four to six rows; transposing it costs some ten rows'
// products. So up to kDotRows always, and to kDotRowsNear where b stays in a part of the last level
// and sums are long enough for their folding. m 9 to 48, n and k 768: 1.1 to 1.4 times as fast.
constexpr std::int64_t kDotRows = 14;
constexpr std::int64_t kDotRowsNear = 48;
constexpr std::int64_t kDotDepthNear = 256;

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
// or reading of its columns of b and the reading of its rows of a, in multiply-adds' time.
void choose_grid(GemmPlan& plan, const GemmArguments& gemm) {
  constexpr std::int64_t kReadCost = 2;
  const std::int64_t column_cost = plan.source == GemmPlan::Source::launch ? 8 : kReadCost;
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (int columns = 1; columns <= plan.members; ++columns) {
    const int rows = plan.members / columns;
    const std::int64_t block_rows = ceil_divide(gemm.m, rows);
    const std::int64_t units = ceil_divide(gemm.n, plan.column_multiple);
    const std::int64_t block_columns = ceil_divide(units, columns) * plan.column_multiple;
    const std::int64_t cost =
        block_rows * block_columns + column_cost * block_columns + kReadCost * block_rows;
    if (cost >= best) continue;
    best = cost;
    plan.grid_rows = rows;
    plan.grid_columns = columns;
  }
  plan.members = plan.grid_rows * plan.grid_columns;
}

GemmPlan::Source choose_source(const GemmArguments& gemm, std::int64_t last_level,
                               bool weights_packed) {
  if (weights_packed) return GemmPlan::Source::weights;
  if (!gemm.transposed) {
    return gemm.m <= kDirectRowsMax ? GemmPlan::Source::direct : GemmPlan::Source::launch;
  }
  const bool near = gemm.k >= kDotDepthNear && gemm.n * gemm.k <= last_level / 8;
  return gemm.m <= (near ? kDotRowsNear : kDotRows) ? GemmPlan::Source::dot
                                                    : GemmPlan::Source::launch;
}

// Vectors of a panel that `rows` rows read where b is. Two rows leave registers for twice the
// width, which reads b in longer runs; seven and eight are one tile if it is narrower, and b, which
// may be misaligned or far off, is read once instead of twice.
int direct_vectors(std::int64_t rows, const GemmInstructions& instructions) {
  constexpr int kWide = GemmInstructions::kVectorsMax;
  constexpr int kNarrow = 3;
  if (rows <= instructions.outer_rows[kWide]) return kWide;
  const bool once = rows > instructions.rows && rows < instructions.outer_rows[kNarrow];
  return once && instructions.vectors > kNarrow ? kNarrow : instructions.vectors;
}

}  // namespace

GemmPlan plan_gemm(const GemmArguments& gemm, const GemmInstructions& instructions,
                   std::span<const CacheLevel> caches, int threads, bool weights_packed) {
  const std::int64_t l1 = cache_floats(caches, "L1", 32 << 10);
  const std::int64_t l2 = cache_floats(caches, "L2", 512 << 10);
  const std::int64_t l3 = cache_floats(caches, "L3", 8 << 20);
  GemmPlan plan = {};
  plan.source = choose_source(gemm, l3, weights_packed);
  plan.vectors = instructions.vectors;
  plan.panel = std::int64_t{plan.vectors} * instructions.width;
  plan.members = static_cast<int>(
      std::clamp<std::int64_t>(gemm.m * gemm.n * gemm.k / kGemmProductsPerThread, 1, threads));
  plan.column_multiple = weights_packed ? plan.panel : instructions.width;
  choose_grid(plan, gemm);
  const std::int64_t rows = ceil_divide(gemm.m, plan.grid_rows);
  if (plan.source == GemmPlan::Source::direct) {
    plan.vectors = direct_vectors(rows, instructions);
    plan.panel = std::int64_t{plan.vectors} * instructions.width;
  }
  // Where there are columns enough, members' blocks meet at whole panels.
  if (gemm.n >= 4 * plan.panel * plan.grid_columns) plan.column_multiple = plan.panel;

  const std::int64_t tile_columns = std::int64_t{instructions.vectors} * instructions.width;
  // A panel of b is twice the first-level cache and comes from the second for every tile of rows:
  // 256 bytes per 12 cycles, where that level gives 64 a cycle. Half as long sums, with the panel
  // in the first level, lost 4 % to loading and storing c twice as often (m 128, n and k 768).
  plan.k_block = even_block(gemm.k, std::clamp<std::int64_t>(2 * l1 / tile_columns, 128, 512),
                            instructions.width);
  // Half of the second level for the rows of a that all panels read again.
  plan.row_block = even_block(rows, l2 / 2 / plan.k_block, 1);
  // A member's part of half of the last level for its panels of b.
  const std::int64_t columns = round_up(ceil_divide(gemm.n, plan.grid_columns), plan.panel);
  plan.column_block = even_block(columns, l3 / 2 / plan.members / plan.k_block, plan.panel);
  plan.copies_a = columns >= 8 * plan.panel;
  // From beyond the second level the lines of c take longer than the core can look ahead.
  plan.prefetches_c = gemm.m * gemm.n > l2;
  return plan;
}

}  // namespace ergon
