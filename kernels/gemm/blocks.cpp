#include "kernels/gemm/blocks.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/team.h"
#include "kernels/gemm/even_tiles.h"

namespace ergon {
namespace {

constexpr std::int64_t kLine = 16;  // floats in a line of cache
constexpr std::int64_t kPage = 1024;

constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b * b; }

// A member's rows and columns of c.
struct Block {
  Share rows;
  Share columns;
};

// A member's memory: rows of a, panels of b.
struct Scratch {
  float* a;
  float* b;
};

// Of a tile's first rows.
void prefetch_c(const GemmTile& tile, std::int64_t rows) {
  for (std::int64_t i = 0; i < rows; ++i) {
    const float* row = tile.c + i * tile.c_stride;
    for (std::int64_t j = 0; j < tile.columns; j += kLine) __builtin_prefetch(row + j, 1);
  }
}

// One product, as its members compute it.
class Product {
 public:
  Product(const GemmBlocks& blocks, const GemmArguments& gemm, const float* weights)
      : blocks_(blocks),
        plan_(blocks.plan),
        instructions_(*blocks.instructions),
        gemm_(gemm),
        weights_(weights) {}
  void run(int member, float* scratch) const;
  void pack(Share k, Share columns, float* to) const;

 private:
  // One block of k, rows and columns, and where its b is.
  struct Step {
    Block block;
    Share k;
    const float* b;           // the first panel, or b's first element in the block
    std::int64_t b_stride;    // from row to row of k; panels': their own width
    std::int64_t panel_step;  // from panel to panel
  };

  [[nodiscard]] Block block_of(int member) const;
  void run_dot(const Block& block) const;
  void run_dot_rows(const Share& rows, const Share& k, const Share& columns) const;
  void run_outer(const Block& block, const Scratch& scratch) const;
  void multiply(const Step& step, const float* a, std::int64_t a_stride) const;
  void multiply_panel(const Step& step, GemmTile& tile) const;
  void finish(const GemmTile& tile, std::int64_t rows, bool last) const;
  [[nodiscard]] Step make_step(const Block& block, Share k, const Scratch& scratch) const;

  const GemmBlocks& blocks_;
  const GemmPlan& plan_;
  const GemmInstructions& instructions_;
  const GemmArguments& gemm_;
  const float* weights_;
};

Block Product::block_of(int member) const {
  return {share(gemm_.m, 1, plan_.grid_rows, member / plan_.grid_columns),
          share(gemm_.n, plan_.column_multiple, plan_.grid_columns, member % plan_.grid_columns)};
}

void Product::run(int member, float* scratch) const {
  const Block block = block_of(member);
  if (block.rows.begin == block.rows.end || block.columns.begin == block.columns.end) return;
  if (plan_.source == GemmPlan::Source::dot) {
    run_dot(block);
  } else {
    run_outer(block, {scratch, scratch + blocks_.a_floats});
  }
}

// Columns in groups that stay in the second level while all tiles of rows meet them, so that b
// comes from beyond it once. A tile of rows stays in the first while the group goes by.
void Product::run_dot(const Block& block) const {
  const Share& columns = block.columns;
  for (std::int64_t j = columns.begin; j < columns.end; j += plan_.column_block) {
    const Share group = {j, std::min(columns.end, j + plan_.column_block)};
    for (std::int64_t p = 0; p < gemm_.k; p += plan_.k_block) {
      const Share k = {p, std::min(gemm_.k, p + plan_.k_block)};
      for_even_tiles(block.rows, instructions_.dot_rows, [&](std::int64_t row, std::int64_t rows) {
        run_dot_rows({row, row + rows}, k, group);
      });
    }
  }
}

void Product::run_dot_rows(const Share& rows, const Share& k, const Share& columns) const {
  const std::int64_t count = rows.end - rows.begin;
  const int most = instructions_.dot_columns[count];
  const bool first = k.begin == 0;
  for (std::int64_t j = columns.begin; j < columns.end; j += most) {
    float* c = gemm_.c + rows.begin * gemm_.n + j;
    const float* bias = gemm_.bias == nullptr ? nullptr : gemm_.bias + j;
    const GemmTile tile = {
        .a = gemm_.a + rows.begin * gemm_.k + k.begin,
        .a_stride = gemm_.k,
        .b = gemm_.b + j * gemm_.k + k.begin,
        .b_stride = gemm_.k,
        .c = c,
        .c_stride = gemm_.n,
        .addend = first ? bias : c,
        .addend_stride = first ? 0 : gemm_.n,
        .k = k.end - k.begin,
        .columns = static_cast<int>(std::min<std::int64_t>(most, columns.end - j))};
    instructions_.dot[count][tile.columns](tile);
    finish(tile, count, k.end == gemm_.k);
  }
}

void Product::run_outer(const Block& block, const Scratch& scratch) const {
  const Share& columns = block.columns;
  for (std::int64_t j = columns.begin; j < columns.end; j += plan_.column_block) {
    const Share part = {j, std::min(columns.end, j + plan_.column_block)};
    for (std::int64_t p = 0; p < gemm_.k; p += plan_.k_block) {
      const Share k = {p, std::min(gemm_.k, p + plan_.k_block)};
      Step step = make_step({block.rows, part}, k, scratch);
      for (std::int64_t i = block.rows.begin; i < block.rows.end; i += plan_.row_block) {
        step.block.rows = {i, std::min(block.rows.end, i + plan_.row_block)};
        const float* a = gemm_.a + i * gemm_.k + p;
        if (!plan_.copies_a) {
          multiply(step, a, gemm_.k);
          continue;
        }
        const auto bytes = static_cast<std::size_t>(k.end - k.begin) * sizeof(float);
        for (std::int64_t row = 0; row < step.block.rows.end - i; ++row) {
          std::memcpy(scratch.a + row * blocks_.a_stride, a + row * gemm_.k, bytes);
        }
        multiply(step, scratch.a, blocks_.a_stride);
      }
    }
  }
}

Product::Step Product::make_step(const Block& block, Share k, const Scratch& scratch) const {
  const std::int64_t depth = k.end - k.begin;
  const std::int64_t column = block.columns.begin;
  switch (plan_.source) {
    case GemmPlan::Source::launch:
      pack(k, block.columns, scratch.b);
      return {block, k, scratch.b, 0, depth * plan_.panel};
    case GemmPlan::Source::weights: {
      const float* start = weights_ + k.begin * blocks_.columns_rounded + column * depth;
      return {block, k, start, 0, depth * plan_.panel};
    }
    case GemmPlan::Source::direct:
    case GemmPlan::Source::dot:
      break;
  }
  return {block, k, gemm_.b + k.begin * gemm_.n + column, gemm_.n, plan_.panel};
}

void Product::multiply(const Step& step, const float* a, std::int64_t a_stride) const {
  const bool first = step.k.begin == 0;
  const std::int64_t row = step.block.rows.begin;
  const float* b = step.b;
  for (std::int64_t j = step.block.columns.begin; j < step.block.columns.end; j += plan_.panel) {
    const std::int64_t columns = std::min(plan_.panel, step.block.columns.end - j);
    float* c = gemm_.c + row * gemm_.n + j;
    const float* bias = gemm_.bias == nullptr ? nullptr : gemm_.bias + j;
    GemmTile tile = {
        .a = a,
        .a_stride = a_stride,
        .b = b,
        .b_stride = step.b_stride > 0 ? step.b_stride : round_up(columns, instructions_.width),
        .c = c,
        .c_stride = gemm_.n,
        .addend = first ? bias : c,
        .addend_stride = first ? 0 : gemm_.n,
        .k = step.k.end - step.k.begin,
        .columns = static_cast<int>(columns)};
    multiply_panel(step, tile);
    b += step.panel_step;
  }
}

// All tiles of rows of one panel. `tile`, the first, moves down the rows in place: a copy is made
// with loads of 16 bytes, which cannot be forwarded from the stores of 8 before them and would wait
// for all of the tile before to retire.
void Product::multiply_panel(const Step& step, GemmTile& tile) const {
  const bool last = step.k.end == gemm_.k;
  const int width = instructions_.width;
  const int vectors = (tile.columns + width - 1) / width;
  const std::int64_t rows = step.block.rows.end - step.block.rows.begin;
  const bool masked = tile.columns % width != 0;
  for_even_tiles({0, rows}, instructions_.outer_rows[vectors],
                 [&](std::int64_t /*row*/, std::int64_t count) {
                   if (plan_.prefetches_c) prefetch_c(tile, count);
                   instructions_.outer[masked][count][vectors](tile);
                   finish(tile, count, last);
                   tile.a += count * tile.a_stride;
                   tile.c += count * tile.c_stride;
                   if (tile.addend != nullptr) tile.addend += count * tile.addend_stride;
                 });
}

// GELU while the tile is in the first-level cache.
void Product::finish(const GemmTile& tile, std::int64_t rows, bool last) const {
  if (!last || !gemm_.gelu) return;
  for (std::int64_t i = 0; i < rows; ++i) {
    instructions_.gelu(tile.c + i * tile.c_stride, tile.columns);
  }
}

// Panels of b one after another, each row by row, the last as wide as whole vectors need.
void Product::pack(Share k, Share columns, float* to) const {
  const std::int64_t depth = k.end - k.begin;
  for (std::int64_t j = columns.begin; j < columns.end; j += plan_.panel) {
    const std::int64_t count = std::min(plan_.panel, columns.end - j);
    const std::int64_t stride = round_up(count, instructions_.width);
    if (gemm_.transposed) {
      instructions_.transpose(gemm_.b + j * gemm_.k + k.begin, gemm_.k, count, depth, to, stride);
    } else {
      for (std::int64_t p = 0; p < depth; ++p) {
        const float* from = gemm_.b + (k.begin + p) * gemm_.n + j;
        std::memcpy(to + p * stride, from, static_cast<std::size_t>(count) * sizeof(float));
      }
    }
    to += depth * plan_.panel;
  }
}

}  // namespace

GemmBlocks make_blocks(const GemmArguments& gemm, const GemmInstructions& instructions,
                       std::span<const CacheLevel> caches, int threads, bool weights_packed) {
  GemmBlocks blocks = {.instructions = &instructions,
                       .plan = plan_gemm(gemm, instructions, caches, threads, weights_packed)};
  const GemmPlan& plan = blocks.plan;
  blocks.a_stride = plan.k_block + kLine;
  blocks.a_floats = plan.copies_a ? round_up(plan.row_block * blocks.a_stride, kPage) : 0;
  blocks.columns_rounded = round_up(gemm.n, instructions.width);
  const bool packs = plan.source == GemmPlan::Source::launch;
  blocks.scratch_floats =
      round_up(blocks.a_floats + (packs ? plan.k_block * plan.column_block : 0), kPage);
  return blocks;
}

void multiply_block(const GemmBlocks& blocks, const GemmArguments& gemm, const float* weights,
                    int member, float* scratch) {
  Product(blocks, gemm, weights).run(member, scratch);
}

void pack_weights(const GemmBlocks& blocks, const GemmArguments& gemm, int threads, float* to) {
  const Product product(blocks, gemm, to);
  parallel(threads, [&](int thread) {
    const Share columns = share(gemm.n, blocks.plan.panel, threads, thread);
    for (std::int64_t p = 0; p < gemm.k; p += blocks.plan.k_block) {
      const Share k = {p, std::min(gemm.k, p + blocks.plan.k_block)};
      product.pack(k, columns, to + p * blocks.columns_rounded + columns.begin * (k.end - p));
    }
  });
}

}  // namespace ergon
