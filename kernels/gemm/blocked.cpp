#include "kernels/gemm/blocked.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "kernels/cpu/team.h"
#include "kernels/gemm/arguments.h"
#include "kernels/gemm/plan.h"
#include "kernels/refusal.h"

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

class BlockedGemm {
 public:
  BlockedGemm(const Binding& binding, const GemmInstructions& instructions);
  void run() const;

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
  [[nodiscard]] Scratch scratch_of(int member) const;
  void run_member(int member) const;
  void run_dot(const Block& block) const;
  void run_outer(const Block& block, const Scratch& scratch) const;
  void multiply(const Step& step, const float* a, std::int64_t a_stride) const;
  void multiply_panel(const Step& step, GemmTile tile, std::int64_t column) const;
  void finish(const GemmTile& tile, std::int64_t rows, bool last) const;
  void pack(Share k, Share columns, float* to) const;
  [[nodiscard]] Step make_step(const Block& block, Share k, const Scratch& scratch) const;
  void pack_weights(const Binding& binding);

  GemmArguments gemm_;
  const GemmInstructions& instructions_;
  GemmPlan plan_;
  int threads_;
  std::int64_t a_stride_;         // of the copied rows: a line more than k_block, so that rows a
                                  // power of two apart do not meet in one set of the cache
  std::int64_t columns_rounded_;  // n to the next whole vector
  std::int64_t scratch_floats_ = 0;
  Buffer scratch_;
  Buffer weights_;  // per block of k, panel by panel, row by row
};

BlockedGemm::BlockedGemm(const Binding& binding, const GemmInstructions& instructions)
    : gemm_(gemm_arguments(binding)),
      instructions_(instructions),
      plan_(plan_gemm(gemm_, instructions, binding.device.caches(), binding.threads,
                      binding.weights_packed)),
      threads_(binding.threads),
      a_stride_(plan_.k_block + kLine),
      columns_rounded_(round_up(gemm_.n, instructions.width)) {
  prepare_team(threads_);
  std::int64_t floats = plan_.copies_a ? round_up(plan_.row_block * a_stride_, kPage) : 0;
  if (plan_.source == GemmPlan::Source::launch) floats += plan_.k_block * plan_.column_block;
  scratch_floats_ = round_up(floats, kPage);
  scratch_ = binding.device.allocate(
      static_cast<std::size_t>(scratch_floats_ * plan_.members) * sizeof(float), threads_);
  if (plan_.source == GemmPlan::Source::weights) pack_weights(binding);
}

void BlockedGemm::run() const {
  parallel_first(plan_.members, threads_, [this](int member) { run_member(member); });
}

Block BlockedGemm::block_of(int member) const {
  return {share(gemm_.m, 1, plan_.grid_rows, member / plan_.grid_columns),
          share(gemm_.n, plan_.column_multiple, plan_.grid_columns, member % plan_.grid_columns)};
}

Scratch BlockedGemm::scratch_of(int member) const {
  float* start = reinterpret_cast<float*>(scratch_.get()) + scratch_floats_ * member;
  return {start, plan_.copies_a ? start + round_up(plan_.row_block * a_stride_, kPage) : start};
}

void BlockedGemm::run_member(int member) const {
  const Block block = block_of(member);
  if (block.rows.begin == block.rows.end || block.columns.begin == block.columns.end) return;
  if (plan_.source == GemmPlan::Source::dot) {
    run_dot(block);
  } else {
    run_outer(block, scratch_of(member));
  }
}

// Calls f(first, count) for tiles of at most `most` that cut a range as evenly as can be.
template <class Function>
void for_even_tiles(const Share& range, std::int64_t most, const Function& f) {
  const std::int64_t count = range.end - range.begin;
  const std::int64_t tiles = (count + most - 1) / most;
  for (std::int64_t i = 0; i < tiles; ++i) {
    const std::int64_t begin = range.begin + count * i / tiles;
    f(begin, range.begin + count * (i + 1) / tiles - begin);
  }
}

void BlockedGemm::run_dot(const Block& block) const {
  for_even_tiles(block.rows, instructions_.dot_rows, [&](std::int64_t row, std::int64_t rows) {
    const int most = instructions_.dot_columns[rows];
    int columns = 0;
    for (std::int64_t j = block.columns.begin; j < block.columns.end; j += columns) {
      columns = block.columns.end - j < most ? 1 : most;
      const GemmTile tile = {.a = gemm_.a + row * gemm_.k,
                             .a_stride = gemm_.k,
                             .b = gemm_.b + j * gemm_.k,
                             .b_stride = gemm_.k,
                             .c = gemm_.c + row * gemm_.n + j,
                             .c_stride = gemm_.n,
                             .addend = gemm_.bias == nullptr ? nullptr : gemm_.bias + j,
                             .addend_stride = 0,
                             .k = gemm_.k,
                             .columns = columns};
      instructions_.dot[rows][columns](tile);
      finish(tile, rows, true);
    }
  });
}

void BlockedGemm::run_outer(const Block& block, const Scratch& scratch) const {
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
          std::memcpy(scratch.a + row * a_stride_, a + row * gemm_.k, bytes);
        }
        multiply(step, scratch.a, a_stride_);
      }
    }
  }
}

BlockedGemm::Step BlockedGemm::make_step(const Block& block, Share k,
                                         const Scratch& scratch) const {
  const std::int64_t depth = k.end - k.begin;
  const std::int64_t column = block.columns.begin;
  switch (plan_.source) {
    case GemmPlan::Source::launch:
      pack(k, block.columns, scratch.b);
      return {block, k, scratch.b, 0, depth * plan_.panel};
    case GemmPlan::Source::weights: {
      const float* start = reinterpret_cast<const float*>(weights_.get());
      return {block, k, start + k.begin * columns_rounded_ + column * depth, 0,
              depth * plan_.panel};
    }
    case GemmPlan::Source::direct:
    case GemmPlan::Source::dot:
      break;
  }
  return {block, k, gemm_.b + k.begin * gemm_.n + column, gemm_.n, plan_.panel};
}

void BlockedGemm::multiply(const Step& step, const float* a, std::int64_t a_stride) const {
  const bool first = step.k.begin == 0;
  const std::int64_t row = step.block.rows.begin;
  const float* b = step.b;
  for (std::int64_t j = step.block.columns.begin; j < step.block.columns.end; j += plan_.panel) {
    const std::int64_t columns = std::min(plan_.panel, step.block.columns.end - j);
    float* c = gemm_.c + row * gemm_.n + j;
    const float* bias = gemm_.bias == nullptr ? nullptr : gemm_.bias + j;
    multiply_panel(
        step,
        {.a = a,
         .a_stride = a_stride,
         .b = b,
         .b_stride = step.b_stride > 0 ? step.b_stride : round_up(columns, instructions_.width),
         .c = c,
         .c_stride = gemm_.n,
         .addend = first ? bias : c,
         .addend_stride = first ? 0 : gemm_.n,
         .k = step.k.end - step.k.begin,
         .columns = static_cast<int>(columns)},
        j);
    b += step.panel_step;
  }
}

// All tiles of rows of one panel, which may be wider than any tile of so many rows.
void BlockedGemm::multiply_panel(const Step& step, GemmTile tile, std::int64_t column) const {
  const bool last = step.k.end == gemm_.k;
  const int width = instructions_.width;
  int vectors = (tile.columns + width - 1) / width;
  const std::int64_t rows = step.block.rows.end - step.block.rows.begin;
  if (vectors > 4 && vectors < GemmInstructions::kVectorsMax) {
    // No tile has 5 to 7 vectors: 4 of them, and the rest.
    GemmTile rest = tile;
    rest.b += 4 * width;
    rest.c += 4 * width;
    if (rest.addend != nullptr) rest.addend += 4 * width;
    rest.columns -= 4 * width;
    tile.columns = 4 * width;
    multiply_panel(step, rest, column + 4 * width);
    vectors = 4;
  }
  const bool masked = tile.columns % width != 0;
  int most = GemmInstructions::kRowsMax;
  while (instructions_.outer[0][most][vectors] == nullptr) --most;
  for_even_tiles({0, rows}, most, [&](std::int64_t row, std::int64_t count) {
    GemmTile at = tile;
    at.a += row * tile.a_stride;
    at.c += row * tile.c_stride;
    if (at.addend != nullptr) at.addend += row * tile.addend_stride;
    instructions_.outer[masked][count][vectors](at);
    finish(at, count, last);
  });
}

// GELU while the tile is in the first-level cache.
void BlockedGemm::finish(const GemmTile& tile, std::int64_t rows, bool last) const {
  if (!last || !gemm_.gelu) return;
  for (std::int64_t i = 0; i < rows; ++i) {
    instructions_.gelu(tile.c + i * tile.c_stride, tile.columns);
  }
}

// Panels of b one after another, each row by row, the last as wide as whole vectors need.
void BlockedGemm::pack(Share k, Share columns, float* to) const {
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

void BlockedGemm::pack_weights(const Binding& binding) {
  const std::int64_t floats = columns_rounded_ * gemm_.k;
  weights_ = binding.device.allocate(static_cast<std::size_t>(floats) * sizeof(float), threads_);
  float* start = reinterpret_cast<float*>(weights_.get());
  parallel(threads_, [&](int thread) {
    const Share columns = share(gemm_.n, plan_.panel, threads_, thread);
    for (std::int64_t p = 0; p < gemm_.k; p += plan_.k_block) {
      const Share k = {p, std::min(gemm_.k, p + plan_.k_block)};
      pack(k, columns, start + p * columns_rounded_ + columns.begin * (k.end - p));
    }
  });
}

}  // namespace

Launch bind_blocked_gemm(const Binding& binding, const GemmInstructions& instructions) {
  return [gemm = std::make_shared<const BlockedGemm>(binding, instructions)] { gemm->run(); };
}

std::string refuse_blocked_gemm(const Problem& problem, bool /*weights_packed*/) {
  return refuse_dtypes_but({}, problem);
}

}  // namespace ergon
