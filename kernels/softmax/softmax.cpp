#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"rows", "columns"};

std::string invalid(const Problem& problem) {
  return extents_too_large({problem.extent("rows"), problem.extent("columns")});
}

// A maximum, a subtraction, a sum and a scaling per element, one exp; one reciprocal per row.
Work work(const Problem& problem) {
  const std::int64_t rows = problem.extent("rows");
  const std::int64_t elements = rows * problem.extent("columns");
  Work counted = bytes_of_operands(problem);
  counted.flops = 4 * elements;
  counted.specials = elements + rows;
  return counted;
}

Operands operands(const Problem& problem) {
  const OperandExtents extents = {problem.extent("rows"), problem.extent("columns")};
  return {{"in", Role::input, problem.dtypes.a, extents},
          {"out", Role::output, problem.dtypes.out, extents}};
}

std::int64_t slices(const Problem& problem) { return problem.extent("rows"); }

// Every addition and the final scaling round once in `accumulate`; the errors of a sum of n
// positive terms grow as sqrt(n) (Higham, Accuracy and Stability, 2.8). 8 covers exp itself.
double tolerance(const Problem& problem) {
  const auto columns = static_cast<double>(problem.extent("columns"));
  return dtype_epsilon(problem.dtypes.accumulate) * (8 + std::sqrt(columns)) +
         dtype_epsilon(problem.dtypes.out);
}

// Rounding x - max by one part in 2^24 moves its exponential by |x - max| such parts, so the
// magnitude of y is y (1 + |x - max|).
template <class Number>
void reference(const Problem&, std::int64_t slice, std::span<const Number* const> inputs,
               std::span<Number> values, std::span<double> magnitudes) {
  using std::exp;
  using std::max;
  const std::size_t columns = values.size();
  const Number* in = inputs[0] + static_cast<std::size_t>(slice) * columns;
  Number largest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < columns; ++i) largest = max(largest, in[i]);
  Number sum = 0;
  for (std::size_t i = 0; i < columns; ++i) sum += values[i] = exp(in[i] - largest);
  const Number scale = 1 / sum;
  for (std::size_t i = 0; i < columns; ++i) {
    values[i] *= scale;
    const double value = plain(values[i]);
    magnitudes[i] = value > 0 ? value * (1 + plain(largest) - plain(in[i])) : 0;
  }
}

}  // namespace

extern const Primitive softmax = {
    .name = "softmax",
    .description =
        "out = exp(in - max) / sum(exp(in - max)) along each row; -inf counts as "
        "masked, a row of nothing else is undefined",
    .axes = kAxes,
    .options = {},
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
