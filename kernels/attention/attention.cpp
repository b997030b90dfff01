#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"batch", "heads", "kv_heads", "queries", "keys", "head_size"};
constexpr std::string_view kMasks[] = {"none", "causal"};
constexpr Option kOptions[] = {{"mask", kMasks}};

std::string invalid(const Problem& problem) {
  const std::int64_t heads = problem.extent("heads");
  const std::int64_t kv_heads = problem.extent("kv_heads");
  if (heads % kv_heads != 0) {
    return fmt::format("heads {} is not a multiple of kv_heads {}", heads, kv_heads);
  }
  const std::int64_t queries = problem.extent("queries");
  const std::int64_t keys = problem.extent("keys");
  if (problem.choice("mask") == "causal" && queries > keys) {
    return fmt::format(
        "queries {} exceeds keys {}: under a causal mask the first queries would "
        "see no key",
        queries, keys);
  }
  return extents_too_large(
      {problem.extent("batch"), heads, queries, keys, problem.extent("head_size")});
}

// Pairs of a query and a key that the mask leaves, of one head of one batch entry.
std::int64_t pairs(const Problem& problem) {
  const std::int64_t queries = problem.extent("queries");
  const std::int64_t keys = problem.extent("keys");
  if (problem.choice("mask") == "none") return queries * keys;
  return queries * (keys - queries) + queries * (queries + 1) / 2;
}

// Per pair: 2 head_size for the product with the key, 2 head_size for the sum of the values; one
// scaling, one maximum, one subtraction, one sum, one normalisation; one exp, but for the largest
// score, in whose place stands the reciprocal of the sum.
Work work(const Problem& problem) {
  const std::int64_t heads_all = problem.extent("batch") * problem.extent("heads");
  Work counted = bytes_of_operands(problem);
  counted.flops = heads_all * pairs(problem) * (4 * problem.extent("head_size") + 5);
  counted.specials = heads_all * pairs(problem);
  return counted;
}

Operands operands(const Problem& problem) {
  const OperandExtents of_queries = {problem.extent("batch"), problem.extent("heads"),
                                     problem.extent("queries"), problem.extent("head_size")};
  const OperandExtents of_keys = {problem.extent("batch"), problem.extent("kv_heads"),
                                  problem.extent("keys"), problem.extent("head_size")};
  return {{"q", Role::input, problem.dtypes.a, of_queries},
          {"k", Role::input, problem.dtypes.b, of_keys},
          {"v", Role::input, problem.dtypes.b, of_keys},
          {"out", Role::output, problem.dtypes.out, of_queries}};
}

std::int64_t slices(const Problem& problem) {
  return problem.extent("batch") * problem.extent("heads") * problem.extent("queries");
}

// Scores of one query with its keys, and how much each may be wrong: the sum of the absolute
// products, and the distance to the maximum, which the exponential's argument rounds.
template <class Number>
struct Scores {
  std::vector<Number> weights;  // normalised
  std::vector<double> doubts;   // in units of one rounding
};

// Weights of the scores by softmax. The largest score's exponential is 1 and is not taken: with the
// division a query has as many specials as keys.
template <class Number>
void normalise(Scores<Number>& scores) {
  using std::exp;
  using std::max;
  Number largest = -std::numeric_limits<double>::infinity();
  std::size_t largest_at = 0;
  for (std::size_t j = 0; j < scores.weights.size(); ++j) {
    if (plain(scores.weights[j]) > plain(largest)) largest_at = j;
    largest = max(largest, scores.weights[j]);
  }
  Number sum = 0;
  for (std::size_t j = 0; j < scores.weights.size(); ++j) {
    const Number below = scores.weights[j] - largest;
    scores.doubts[j] -= plain(below);
    sum += scores.weights[j] = j == largest_at ? known(1, below) : exp(below);
  }
  const Number scale = 1 / sum;
  for (Number& weight : scores.weights) weight = weight * scale;
}

template <class Number>
Scores<Number> scores_of(const Number* query, const Number* keys, std::int64_t count,
                         std::size_t head_size) {
  Scores<Number> scores{std::vector<Number>(static_cast<std::size_t>(count)),
                        std::vector<double>(static_cast<std::size_t>(count))};
  const double scale = 1 / std::sqrt(static_cast<double>(head_size));
  for (std::size_t j = 0; j < scores.weights.size(); ++j) {
    Number sum = 0;
    for (std::size_t d = 0; d < head_size; ++d) {
      const Number product = query[d] * keys[j * head_size + d];
      sum += product;
      scores.doubts[j] += scale * std::abs(plain(product));
    }
    scores.weights[j] = scale * sum;
  }
  normalise(scores);
  return scores;
}

// A score that is off by e moves the output by sum(p v e) less its mean, so the magnitude of an
// output is sum(p |v| (1 + doubt + mean doubt)).
template <class Number>
void reference(const Problem& problem, std::int64_t slice, std::span<const Number* const> inputs,
               std::span<Number> values, std::span<double> magnitudes) {
  const std::int64_t heads = problem.extent("heads");
  const std::int64_t queries = problem.extent("queries");
  const std::int64_t keys = problem.extent("keys");
  const std::size_t head_size = values.size();
  const std::int64_t group = heads / problem.extent("kv_heads");
  const auto kv_offset = static_cast<std::size_t>(slice / queries / group * keys) * head_size;
  const Number* value = inputs[2] + kv_offset;
  const bool causal = problem.choice("mask") == "causal";
  const std::int64_t seen = causal ? keys - queries + slice % queries + 1 : keys;
  const Scores<Number> scores = scores_of(inputs[0] + static_cast<std::size_t>(slice) * head_size,
                                          inputs[1] + kv_offset, seen, head_size);
  double doubt_mean = 0;
  for (std::size_t j = 0; j < scores.weights.size(); ++j) {
    doubt_mean += plain(scores.weights[j]) * scores.doubts[j];
  }
  std::fill(values.begin(), values.end(), Number(0));
  std::fill(magnitudes.begin(), magnitudes.end(), 0.0);
  for (std::size_t j = 0; j < scores.weights.size(); ++j) {
    for (std::size_t d = 0; d < head_size; ++d) {
      const Number term = scores.weights[j] * value[j * head_size + d];
      values[d] += term;
      magnitudes[d] += std::abs(plain(term)) * (1 + scores.doubts[j] + doubt_mean);
    }
  }
}

// The errors of the sums over the head and over the keys grow as the square roots of their
// lengths; 8 covers exp, the rescaling of partial sums and the normalisation.
double tolerance(const Problem& problem) {
  const auto head_size = static_cast<double>(problem.extent("head_size"));
  const auto keys = static_cast<double>(problem.extent("keys"));
  return dtype_epsilon(problem.dtypes.accumulate) * (8 + std::sqrt(head_size) + std::sqrt(keys)) +
         dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive attention = {
    .name = "attention",
    .description =
        "out = softmax(q k^T / sqrt(head_size)) v per head; causal: query i sees keys "
        "0 .. keys - queries + i; kv head h serves heads / kv_heads query heads",
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
