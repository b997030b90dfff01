#include "kernels/gemm/narrow.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "kernels/cpu/team.h"
#include "kernels/gemm/arguments.h"
#include "kernels/gemm/even_tiles.h"
#include "kernels/gemm/plan.h"

namespace ergon {
namespace {

constexpr std::int64_t kWord = 4;  // bytes
constexpr std::int64_t kLine = 64;
constexpr std::int64_t kPage = 4096;

constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b * b; }

// A product in words: its operands, and how it is cut.
struct NarrowGemm {
  const NarrowInstructions* instructions;
  Dtypes dtypes;
  GemmOperands operands;
  std::int64_t m, n, k, words;  // words: of one row of k
  bool transposed, gelu;
  int threads;

  GemmPlan plan;
  std::int64_t k_block;   // words
  bool raw;               // sums are c itself: no other dtype, no scale
  bool copies_a;          // rows of a are copied together first, their last word made whole
  std::int64_t a_stride;  // bytes, of copied rows: a line more than they need, so that rows a
                          // power of two apart do not meet in one set of the cache
  std::int64_t a_bytes, b_bytes, sums_bytes;  // of a member's scratch
  Buffer scratch;
  Buffer weights;  // packed at bind; null where b is packed in the launch or not at all

  [[nodiscard]] std::int64_t element_bytes() const { return kWord / instructions->group; }
  [[nodiscard]] std::int64_t panel_bytes() const { return plan.panel * words * kWord; }
};

// Panels of b one after another, each word by word, the last as wide as whole vectors need. The
// panels of all of k, so that a sum over k stays with its tile.
void pack(const NarrowGemm& gemm, const Share& columns, std::byte* to) {
  const NarrowInstructions& instructions = *gemm.instructions;
  const std::int64_t bytes = gemm.element_bytes();
  for (std::int64_t j = columns.begin; j < columns.end; j += gemm.plan.panel) {
    const std::int64_t count = std::min(gemm.plan.panel, columns.end - j);
    const auto* b = gemm.operands.b;
    const NarrowPanel panel = {.from = b + bytes * (gemm.transposed ? j * gemm.k : j),
                               .from_stride = bytes * (gemm.transposed ? gemm.k : gemm.n),
                               .columns = count,
                               .k = gemm.k,
                               .to = to,
                               .to_stride = kWord * round_up(count, instructions.width)};
    (gemm.transposed ? instructions.pack_transposed : instructions.pack_plain)(panel);
    to += gemm.panel_bytes();
  }
}

// One member's block of c.
class Member {
 public:
  Member(const NarrowGemm& gemm, int member)
      : gemm_(gemm),
        instructions_(*gemm.instructions),
        rows_(share(gemm.m, 1, gemm.plan.grid_rows, member / gemm.plan.grid_columns)),
        columns_(share(gemm.n, gemm.plan.column_multiple, gemm.plan.grid_columns,
                       member % gemm.plan.grid_columns)),
        a_(gemm.scratch.get() + (gemm.a_bytes + gemm.b_bytes + gemm.sums_bytes) * member),
        b_(a_ + gemm.a_bytes),
        sums_(b_ + gemm.b_bytes) {}

  void run() const {
    if (rows_.begin == rows_.end || columns_.begin == columns_.end) return;
    if (gemm_.plan.source == GemmPlan::Source::dot) {
      run_dot();
    } else {
      run_outer();
    }
  }

 private:
  // Rows of a that are multiplied together with every panel.
  struct Rows {
    Share range;
    const std::byte* a;  // the first
    std::int64_t a_stride;
  };

  void run_dot() const;
  void run_dot_rows(std::int64_t row, std::int64_t rows, const Share& group) const;
  void run_outer() const;
  [[nodiscard]] Rows take_rows(const Share& range, bool copied) const;
  void multiply_panel(const Rows& rows, const std::byte* b, const Share& columns) const;
  void multiply_block(const Rows& rows, NarrowTile& tile, const Share& columns, bool last) const;
  void finish(const NarrowTile& tile, std::int64_t row, std::int64_t count,
              std::int64_t column) const;
  [[nodiscard]] std::byte* c_at(std::int64_t row, std::int64_t column) const {
    return gemm_.operands.c +
           (row * gemm_.n + column) * static_cast<std::int64_t>(dtype_bytes(gemm_.dtypes.out, 1));
  }
  [[nodiscard]] const std::byte* bias_at(std::int64_t column) const {
    return gemm_.operands.bias == nullptr ? nullptr : gemm_.operands.bias + kWord * column;
  }

  const NarrowGemm& gemm_;
  const NarrowInstructions& instructions_;
  Share rows_;
  Share columns_;
  std::byte* a_;
  std::byte* b_;
  std::byte* sums_;
};

// Columns in groups that stay in the second level while all tiles of rows meet them.
void Member::run_dot() const {
  for (std::int64_t j = columns_.begin; j < columns_.end; j += gemm_.plan.column_block) {
    const Share group = {j, std::min(columns_.end, j + gemm_.plan.column_block)};
    for_even_tiles(rows_, instructions_.dot_rows,
                   [&](std::int64_t row, std::int64_t rows) { run_dot_rows(row, rows, group); });
  }
}

void Member::run_dot_rows(std::int64_t row, std::int64_t rows, const Share& group) const {
  const std::int64_t row_bytes = gemm_.k * gemm_.element_bytes();
  const int most = instructions_.dot_columns;
  int columns = 0;
  for (std::int64_t j = group.begin; j < group.end; j += columns) {
    columns = group.end - j < most ? 1 : most;
    const NarrowTile tile = {.a = gemm_.operands.a + row * row_bytes,
                             .a_stride = row_bytes,
                             .b = gemm_.operands.b + j * row_bytes,
                             .b_stride = row_bytes,
                             .sums = gemm_.raw ? c_at(row, j) : sums_,
                             .sums_stride = gemm_.raw ? gemm_.n : gemm_.plan.panel,
                             .addend = bias_at(j),
                             .addend_stride = 0,
                             .words = row_bytes,
                             .columns = columns};
    instructions_.dot[rows][columns](tile);
    finish(tile, row, rows, j);
  }
}

// A panel is packed where it is used while one block of rows meets it, so that it comes from the
// second-level cache; where several do, all that the last level holds are packed first.
void Member::run_outer() const {
  const GemmPlan& plan = gemm_.plan;
  const bool one_block = rows_.end - rows_.begin <= plan.row_block;
  for (std::int64_t j = columns_.begin; j < columns_.end; j += plan.column_block) {
    const Share part = {j, std::min(columns_.end, j + plan.column_block)};
    const std::byte* packed = b_;
    if (plan.source == GemmPlan::Source::weights) {
      packed = gemm_.weights.get() + j / plan.panel * gemm_.panel_bytes();
    } else {
      pack(gemm_, part, b_);
    }
    for (std::int64_t i = rows_.begin; i < rows_.end; i += plan.row_block) {
      const Share range = {i, std::min(rows_.end, i + plan.row_block)};
      const Rows rows = take_rows(range, one_block && j != columns_.begin);
      for (std::int64_t column = part.begin; column < part.end; column += plan.panel) {
        multiply_panel(rows, packed + (column - part.begin) / plan.panel * gemm_.panel_bytes(),
                       {column, std::min(part.end, column + plan.panel)});
      }
    }
  }
}

Member::Rows Member::take_rows(const Share& range, bool copied) const {
  const std::int64_t row_bytes = gemm_.k * gemm_.element_bytes();
  const std::byte* a = gemm_.operands.a + range.begin * row_bytes;
  if (!gemm_.copies_a) return {range, a, row_bytes};
  const std::int64_t pad = gemm_.words * kWord - row_bytes;
  for (std::int64_t row = 0; row < range.end - range.begin && !copied; ++row) {
    std::byte* const to = a_ + row * gemm_.a_stride;
    std::memcpy(to, a + row * row_bytes, static_cast<std::size_t>(row_bytes));
    std::memset(to + row_bytes, 0, static_cast<std::size_t>(pad));
  }
  return {range, a_, gemm_.a_stride};
}

// Sums over one block of k after another; between them they wait in scratch, or in c itself.
void Member::multiply_panel(const Rows& rows, const std::byte* b, const Share& columns) const {
  const std::int64_t count = columns.end - columns.begin;
  const std::int64_t b_stride = kWord * round_up(count, instructions_.width);
  for (std::int64_t p = 0; p < gemm_.words; p += gemm_.k_block) {
    const bool raw = gemm_.raw;
    NarrowTile tile = {.a = rows.a + p * kWord,
                       .a_stride = rows.a_stride,
                       .b = b + p * b_stride,
                       .b_stride = b_stride,
                       .sums = raw ? c_at(rows.range.begin, columns.begin) : sums_,
                       .sums_stride = raw ? gemm_.n : gemm_.plan.panel,
                       .addend = bias_at(columns.begin),
                       .addend_stride = 0,
                       .words = std::min(gemm_.k_block, gemm_.words - p),
                       .columns = static_cast<int>(count)};
    if (p > 0) {
      tile.addend = tile.sums;
      tile.addend_stride = tile.sums_stride;
    }
    multiply_block(rows, tile, columns, p + gemm_.k_block >= gemm_.words);
  }
}

// `tile`, the first, moves down the rows in place, as in blocks.cpp.
void Member::multiply_block(const Rows& rows, NarrowTile& tile, const Share& columns,
                            bool last) const {
  const int vectors = (tile.columns + instructions_.width - 1) / instructions_.width;
  const bool keeps_sums = gemm_.raw || gemm_.k_block < gemm_.words;  // else one tile's at a time
  const std::int64_t row_sums = keeps_sums ? tile.sums_stride * kWord : 0;
  for_even_tiles(rows.range, instructions_.rows, [&](std::int64_t row, std::int64_t count) {
    instructions_.outer[count][vectors](tile);
    if (last) finish(tile, row, count, columns.begin);
    tile.a += count * tile.a_stride;
    tile.sums = static_cast<std::byte*>(tile.sums) + count * row_sums;
    if (tile.addend_stride > 0) tile.addend = tile.sums;
  });
}

// What is left to do with a tile's sums, while they are in the first-level cache.
void Member::finish(const NarrowTile& tile, std::int64_t row, std::int64_t count,
                    std::int64_t column) const {
  if (gemm_.raw && !gemm_.gelu) return;
  const auto finish_row =
      gemm_.dtypes.out == Dtype::bf16 ? instructions_.finish_bf16 : instructions_.finish_f32;
  const float* scale = gemm_.operands.scale;
  for (std::int64_t i = 0; i < count; ++i) {
    finish_row({.sums = static_cast<std::byte*>(tile.sums) + i * tile.sums_stride * kWord,
                .out = c_at(row + i, column),
                .scale = scale == nullptr ? nullptr : scale + column,
                .gelu = gemm_.gelu,
                .count = tile.columns});
  }
}

std::int64_t cache_bytes(std::span<const CacheLevel> caches, std::string_view name,
                         std::int64_t otherwise) {
  const auto found = std::ranges::find(caches, name, &CacheLevel::name);
  return found == caches.end() ? otherwise : static_cast<std::int64_t>(found->bytes_each);
}

// The largest block of at most `most` that cuts `count` evenly, as a multiple of `multiple`.
std::int64_t even_block(std::int64_t count, std::int64_t most, std::int64_t multiple) {
  const std::int64_t blocks = (count + std::max(most, multiple) - 1) / std::max(most, multiple);
  return round_up((count + blocks - 1) / blocks, multiple);
}

// The f32 kernels' plan of the product in words, whose instructions take as long; blocks differ, as
// sums over all of k stay with their rows and columns.
void make_plan(NarrowGemm& gemm, const Binding& binding) {
  GemmArguments words = {};
  words.m = gemm.m;
  words.n = gemm.n;
  words.k = gemm.words;
  words.transposed = gemm.transposed;
  GemmInstructions tiles = {};
  tiles.width = gemm.instructions->width;
  tiles.vectors = gemm.instructions->vectors;
  tiles.rows = gemm.instructions->rows;
  const std::span<const CacheLevel> caches = binding.device.caches();
  gemm.plan = plan_gemm(words, tiles, caches, binding.threads, binding.weights_packed);
  GemmPlan& plan = gemm.plan;
  // Elements of k x n stand apart in memory where a word wants them together; and sums over half or
  // a quarter as many words are folded as often.
  constexpr std::int64_t kDotRows = 14;
  const bool few = plan.source == GemmPlan::Source::dot && gemm.m <= kDotRows;
  if (plan.source != GemmPlan::Source::weights && !few) plan.source = GemmPlan::Source::launch;

  const std::int64_t l2 = cache_bytes(caches, "L2", 512 << 10);
  const std::int64_t l3 = cache_bytes(caches, "L3", 8 << 20);
  // A block of a panel of b in a quarter of the second level, rows of a in half of it.
  gemm.k_block = even_block(gemm.words, l2 / 4 / (plan.panel * kWord), 16);
  const std::int64_t rows = (gemm.m + plan.grid_rows - 1) / plan.grid_rows;
  plan.row_block = even_block(rows, std::max<std::int64_t>(1, l2 / 2 / (gemm.k_block * kWord)), 1);
  const std::int64_t columns =
      round_up((gemm.n + plan.grid_columns - 1) / plan.grid_columns, plan.panel);
  if (plan.source == GemmPlan::Source::dot) {
    // Sums over all of k; a group is a multiple of any tile's columns.
    constexpr std::int64_t kGroup = 12;
    plan.column_block = std::max(kGroup, l2 / 2 / (gemm.words * kWord) / kGroup * kGroup);
    return;
  }
  const std::int64_t columns_max =
      plan.row_block < rows ? l3 / 2 / plan.members / (gemm.words * kWord) : plan.panel;
  plan.column_block = plan.source == GemmPlan::Source::weights
                          ? columns
                          : even_block(columns, columns_max, plan.panel);
}

void make_scratch(NarrowGemm& gemm, const Binding& binding) {
  const GemmPlan& plan = gemm.plan;
  const bool outer = plan.source != GemmPlan::Source::dot;
  gemm.copies_a = outer && (plan.copies_a || gemm.k % gemm.instructions->group != 0);
  gemm.a_stride = round_up(gemm.words * kWord, kLine) + kLine;
  gemm.a_bytes = gemm.copies_a ? round_up(plan.row_block * gemm.a_stride, kPage) : 0;
  gemm.b_bytes = plan.source == GemmPlan::Source::launch
                     ? round_up(plan.column_block / plan.panel * gemm.panel_bytes(), kPage)
                     : 0;
  const bool blocks = outer && gemm.k_block < gemm.words;
  const std::int64_t sums = blocks ? plan.row_block : gemm.instructions->rows;
  const std::int64_t tile_rows = std::max<std::int64_t>(sums, NarrowInstructions::kRowsMax);
  gemm.sums_bytes = gemm.raw ? 0 : round_up(tile_rows * plan.panel * kWord, kPage);
  const std::int64_t bytes = gemm.a_bytes + gemm.b_bytes + gemm.sums_bytes;
  gemm.scratch =
      binding.device.allocate(static_cast<std::size_t>(bytes * plan.members), binding.threads);
}

void pack_weights(NarrowGemm& gemm, const Binding& binding) {
  const std::int64_t panels = (gemm.n + gemm.plan.panel - 1) / gemm.plan.panel;
  gemm.weights = binding.device.allocate(static_cast<std::size_t>(panels * gemm.panel_bytes()),
                                         binding.threads);
  parallel(binding.threads, [&](int thread) {
    const Share columns = share(gemm.n, gemm.plan.panel, binding.threads, thread);
    pack(gemm, columns, gemm.weights.get() + columns.begin / gemm.plan.panel * gemm.panel_bytes());
  });
}

}  // namespace

Launch bind_narrow_gemm(const Binding& binding, const NarrowInstructions& instructions) {
  prepare_team(binding.threads);
  const Problem& problem = binding.problem;
  NarrowGemm gemm = {};
  gemm.instructions = &instructions;
  gemm.dtypes = problem.dtypes;
  gemm.operands = gemm_operands(binding);
  gemm.m = problem.extent("m");
  gemm.n = problem.extent("n");
  gemm.k = problem.extent("k");
  gemm.words = (gemm.k + instructions.group - 1) / instructions.group;
  gemm.transposed = problem.choice("transpose_b") == "yes";
  gemm.gelu = problem.choice("epilogue") == "gelu";
  gemm.threads = binding.threads;
  gemm.raw = problem.dtypes.out == problem.dtypes.accumulate;
  make_plan(gemm, binding);
  make_scratch(gemm, binding);
  if (gemm.plan.source == GemmPlan::Source::weights) pack_weights(gemm, binding);
  return [made = std::make_shared<const NarrowGemm>(std::move(gemm))] {
    parallel_first(made->plan.members, made->threads,
                   [&](int member) { Member(*made, member).run(); });
  };
}

}  // namespace ergon
