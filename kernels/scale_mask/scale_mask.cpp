#include <cmath>
#include <string>

#include <fmt/format.h>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"
#include "kernels/scale_mask/constants.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"batch", "heads", "queries", "keys"};
constexpr std::string_view kMasks[] = {"none", "causal", "padding"};
constexpr Option kOptions[] = {{"mask", kMasks}};

std::string invalid(const Problem& problem) {
  const std::int64_t queries = problem.extent("queries");
  const std::int64_t keys = problem.extent("keys");
  if (problem.choice("mask") == "causal" && queries > keys) {
    return fmt::format(
        "queries {} exceeds keys {}: under a causal mask the first queries would see no key",
        queries, keys);
  }
  return extents_too_large({problem.extent("batch"), problem.extent("heads"), queries, keys});
}

// Scores that the mask leaves. A causal mask's others are written and not read.
std::int64_t scores_left(const Problem& problem) {
  const std::int64_t queries = problem.extent("queries");
  const std::int64_t keys = problem.extent("keys");
  const std::int64_t heads_all = problem.extent("batch") * problem.extent("heads");
  if (problem.choice("mask") != "causal") return heads_all * queries * keys;
  return heads_all * (queries * (keys - queries) + queries * (queries + 1) / 2);
}

// A product a score, and a sum where there is a padding mask.
Work work(const Problem& problem) {
  const std::int64_t left = scores_left(problem);
  const bool padding = problem.choice("mask") == "padding";
  Work counted = bytes_of_operands(problem);
  counted.flops = (padding ? 2 : 1) * left;
  const std::int64_t masks = padding ? problem.extent("batch") * problem.extent("keys") : 0;
  counted.bytes_read = static_cast<std::int64_t>(dtype_bytes(problem.dtypes.a, left) +
                                                 dtype_bytes(problem.dtypes.b, masks));
  return counted;
}

Operands operands(const Problem& problem) {
  const OperandExtents extents = {problem.extent("batch"), problem.extent("heads"),
                                  problem.extent("queries"), problem.extent("keys")};
  Operands list = {{"scores", Role::input, problem.dtypes.a, extents}};
  if (problem.choice("mask") == "padding") {
    list.push_back({"mask", Role::input, problem.dtypes.b, {extents[0], extents[3]}});
  }
  list.push_back({"out", Role::output, problem.dtypes.out, extents});
  return list;
}

// A query's row of scores.
std::int64_t slices(const Problem& problem) {
  return problem.extent("batch") * problem.extent("heads") * problem.extent("queries");
}

template <class Number>
void reference(const Problem& problem, std::int64_t slice, std::span<const Number* const> operands,
               std::span<Number> values, std::span<double> magnitudes) {
  const std::size_t keys = values.size();
  const std::int64_t queries = problem.extent("queries");
  const std::string_view mask = problem.choice("mask");
  const auto batch = static_cast<std::size_t>(slice / (problem.extent("heads") * queries));
  const auto seen =
      mask != "causal" ? keys : keys - static_cast<std::size_t>(queries - slice % queries - 1);
  const Number* scores = operands[0] + static_cast<std::size_t>(slice) * keys;
  for (std::size_t j = 0; j < keys; ++j) {
    values[j] = j < seen ? kScoreScale * scores[j] : Number(kScoreMasked);
    magnitudes[j] = std::abs(plain(values[j]));
    if (mask != "padding") continue;
    const Number& bias = operands[1][batch * keys + j];
    values[j] += bias;
    magnitudes[j] += std::abs(plain(bias));
  }
}

// The scale is a power of two, so the sum alone rounds.
double tolerance(const Problem& problem) {
  return dtype_epsilon(problem.dtypes.accumulate) + dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive scale_mask = {
    .name = "scale_mask",
    .description =
        "out = scores / 8, the root of heads of 64; causal: -10000 for keys above keys - queries + "
        "i; "
        "padding: + mask, of batch x keys",
    .axes = kAxes,
    .options = kOptions,
    .probe = false,
    .work_version = 1,
    .invalid = invalid,
    .work = work,
    .operands = operands,
    .slices = slices,
    .reference = reference<double>,
    .counted = reference<Counted>,
    .tolerance = tolerance,
};

}  // namespace ergon::primitive
