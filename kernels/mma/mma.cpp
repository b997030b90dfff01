#include <cmath>
#include <string>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/mma/tiles.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"tiles", "depth"};

constexpr std::int64_t kTile = kMmaRows * kMmaColumns;

std::string invalid(const Problem& problem) {
  return extents_too_large({problem.extent("tiles"), problem.extent("depth"), kTile * kMmaDepth});
}

Operands operands(const Problem& problem) {
  return {
      {"a", Role::input, problem.dtypes.a, {kMmaInputs, kMmaRows, kMmaDepth}},
      {"b", Role::input, problem.dtypes.b, {kMmaInputs, kMmaColumns, kMmaDepth}},
      {"out", Role::output, problem.dtypes.out, {problem.extent("tiles"), kMmaRows, kMmaColumns}}};
}

Work work(const Problem& problem) {
  Work counted = bytes_of_operands(problem);
  counted.flops = 2 * kTile * kMmaDepth * problem.extent("tiles") * problem.extent("depth");
  return counted;
}

std::int64_t slices(const Problem& problem) { return problem.extent("tiles"); }

template <class Number>
void reference(const Problem& problem, std::int64_t slice, std::span<const Number* const> inputs,
               std::span<Number> values, std::span<double> magnitudes) {
  const std::int64_t depth = problem.extent("depth");
  for (std::int64_t i = 0; i < kTile; ++i) {
    Number sum = known(0, inputs[0][0]);
    double magnitude = 0;
    for (std::int64_t step = 0; step < depth; ++step) {
      const std::int64_t row = step % kMmaInputs * kMmaRows + i / kMmaColumns;
      const std::int64_t column = (step + slice) % kMmaInputs * kMmaColumns + i % kMmaColumns;
      const Number* a = inputs[0] + row * kMmaDepth;
      const Number* b = inputs[1] + column * kMmaDepth;
      for (std::int64_t k = 0; k < kMmaDepth; ++k) {
        sum += a[k] * b[k];
        magnitude += std::abs(plain(a[k]) * plain(b[k]));
      }
    }
    values[static_cast<std::size_t>(i)] = sum;
    magnitudes[static_cast<std::size_t>(i)] = magnitude;
  }
}

// Tensor cores cut off what lies below the last bit of the largest term: up to two units of
// `accumulate`, 2^-23 each, a step, of sums that grow evenly and so are half as large in the mean.
// An error of each step has the sign of the sum: they add up.
double tolerance(const Problem& problem) {
  const auto depth = static_cast<double>(problem.extent("depth"));
  return 2 * dtype_epsilon(problem.dtypes.accumulate) * (8 + depth) +
         dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive mma = {
    .name = "mma",
    .description =
        "probe of matrix units: out[t], 16 x 8, the sum over depth steps s of a[s % 4] (16 x 16) "
        "b[(s + t) % 4] (16 x 8), in registers",
    .axes = kAxes,
    .options = {},
    .probe = true,
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
