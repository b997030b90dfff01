#include "analysis/foreign/irene_shape.h"

#include <algorithm>
#include <map>

namespace ergon::irene {

namespace {

constexpr std::int64_t kElementBytes = 4;
constexpr std::int64_t kIndexElements = 2;  // an index of 8 bytes, in elements of 4

// Of a count per row: n and k of a product whose rows cost `flops` and which takes `elements`.
struct Widths {
  std::int64_t n = 0, k = 0;
};

// Goes through the divisors of `flops_row` in pairs and keeps the pair that fits; of two, the one
// with the wider output.
template <class Fits>
std::optional<Widths> find_widths(std::int64_t product, const Fits& fits) {
  std::optional<Widths> found;
  for (std::int64_t divisor = 1; divisor * divisor <= product; ++divisor) {
    if (product % divisor != 0) continue;
    for (const std::int64_t n : {divisor, product / divisor}) {
      const std::optional<Widths> widths = fits(n, product / n);
      if (widths && (!found || widths->n > found->n)) found = widths;
    }
  }
  return found;
}

Shape gemm(std::int64_t m, const Widths& widths, bool transposed) {
  return {.primitive = "gemm",
          .extents = {{"m", m}, {"n", widths.n}, {"k", widths.k}},
          .options = {{"bias", "yes"}, {"transpose_b", transposed ? "yes" : "no"}}};
}

// Inputs with a sequence: 2 m n k + m n FLOPs; per batch item s k + k n + 3 s n elements, as the
// bias is counted as another pass over the output.
std::optional<Shape> linear_of_sequence(const Counts& c) {
  const std::int64_t m = c.batch * c.sequence;
  const std::int64_t elements = c.bytes / kElementBytes;
  if (c.flops % m != 0 || elements % c.batch != 0) return std::nullopt;
  const auto fits = [&](std::int64_t n, std::int64_t rest) -> std::optional<Widths> {
    if (rest % 2 != 1) return std::nullopt;  // 2 k + 1
    const Widths widths{n, (rest - 1) / 2};
    const std::int64_t item =
        c.sequence * widths.k + widths.k * widths.n + 3 * c.sequence * widths.n;
    return item == elements / c.batch ? std::optional(widths) : std::nullopt;
  };
  const auto widths = find_widths(c.flops / m, fits);
  return widths ? std::optional(gemm(m, *widths, true)) : std::nullopt;
}

// 2 m n k FLOPs; m k + k n + m n elements.
std::optional<Shape> plain_gemm(const Counts& c, std::int64_t m, bool transposed) {
  const std::int64_t elements = c.bytes / kElementBytes;
  if (c.flops % (2 * m) != 0) return std::nullopt;
  const auto fits = [&](std::int64_t n, std::int64_t k) -> std::optional<Widths> {
    if (m * k + k * n + m * n != elements) return std::nullopt;
    return Widths{n, k};
  };
  const auto widths = find_widths(c.flops / (2 * m), fits);
  return widths ? std::optional(gemm(m, *widths, transposed)) : std::nullopt;
}

std::optional<Shape> linear(const Counts& c) {
  if (auto shape = linear_of_sequence(c)) return shape;
  return plain_gemm(c, c.batch, true);  // a pooler, of one token per sequence
}

std::optional<Shape> conv1d(const Counts& c) { return plain_gemm(c, c.batch * c.sequence, false); }

// Queries by keys and scores by values are alike in FLOPs and bytes: 2 b h s s d and
// b h (2 s d + s s) elements.
std::optional<Shape> matmul(const Counts& c) {
  const std::int64_t square = c.sequence * c.sequence;
  const std::int64_t elements = c.bytes / kElementBytes;
  if (c.flops % (2 * c.batch * square) != 0 || elements % c.batch != 0) return std::nullopt;
  const std::int64_t width = c.flops / (2 * c.batch * square);  // heads x head size
  const std::int64_t scores = elements / c.batch - 2 * c.sequence * width;
  if (scores <= 0 || scores % square != 0) return std::nullopt;
  const std::int64_t heads = scores / square;
  if (width % heads != 0) return std::nullopt;
  return Shape{
      .primitive = "batched_gemm",
      .extents = {
          {"batch", c.batch * heads}, {"m", c.sequence}, {"n", c.sequence}, {"k", width / heads}}};
}

Shape by_rows(std::string primitive, std::int64_t rows, std::int64_t columns) {
  return {.primitive = std::move(primitive),
          .extents = {{"rows", rows}, {"columns", columns}},
          .options = {}};
}

std::optional<Shape> layernorm(const Counts& c) {
  const std::int64_t rows = c.batch * c.sequence;
  if (c.flops % (8 * rows) != 0) return std::nullopt;
  return by_rows("layernorm", rows, c.flops / 8 / rows);
}

std::optional<Shape> softmax(const Counts& c) {
  if (c.flops % (5 * c.sequence) != 0) return std::nullopt;
  return by_rows("softmax", c.flops / 5 / c.sequence, c.sequence);
}

std::optional<Shape> tanh(const Counts& c) {
  if (c.flops % 4 != 0) return std::nullopt;
  return Shape{.primitive = "tanh", .extents = {{"elements", c.flops / 4}}, .options = {}};
}

// Each row: its width, and an index of 8 bytes.
std::optional<Shape> embedding(const Counts& c) {
  const std::int64_t elements = c.bytes / kElementBytes;
  if (c.width < 1 || elements % (c.width + kIndexElements) != 0) return std::nullopt;
  return Shape{.primitive = "embedding",
               .extents = {{"tokens", elements / (c.width + kIndexElements)},
                           {"columns", c.width},
                           {"vocabulary", c.vocabulary}},
               .options = {}};
}

}  // namespace

std::optional<Shape> shape_of(const Counts& counts) {
  using Find = std::optional<Shape> (*)(const Counts&);
  static const std::map<std::string_view, Find> kFind = {
      {"Linear", linear},       {"Conv1D", conv1d}, {"MatMul", matmul},      {"Softmax", softmax},
      {"LayerNorm", layernorm}, {"Tanh", tanh},     {"Embedding", embedding}};
  const auto find = kFind.find(counts.type);
  if (find == kFind.end() || counts.batch < 1 || counts.sequence < 1 || counts.flops < 0 ||
      counts.bytes < 1) {
    return std::nullopt;
  }
  std::optional<Shape> shape = find->second(counts);
  if (!shape) return std::nullopt;
  const bool empty =
      std::ranges::any_of(shape->extents, [](const auto& extent) { return extent.second < 1; });
  return empty ? std::nullopt : shape;
}

}  // namespace ergon::irene
