#include <cmath>
#include <string>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/norm/epsilon.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"rows", "columns"};

std::string invalid(const Problem& problem) {
  return extents_too_large({problem.extent("rows"), problem.extent("columns")});
}

// Per element: a product and a sum for the mean square, a product with the scale and one with
// gamma. Per row: a division and a square root.
Work work(const Problem& problem) {
  const std::int64_t rows = problem.extent("rows");
  Work counted = bytes_of_operands(problem);
  counted.flops = 4 * rows * problem.extent("columns");
  counted.specials = 2 * rows;
  return counted;
}

Operands operands(const Problem& problem) {
  const std::int64_t columns = problem.extent("columns");
  const OperandExtents extents = {problem.extent("rows"), columns};
  return {{"x", Role::input, problem.dtypes.a, extents},
          {"gamma", Role::weight, problem.dtypes.b, {columns}},
          {"out", Role::output, problem.dtypes.out, extents}};
}

std::int64_t slices(const Problem& problem) { return problem.extent("rows"); }

// sqrt(n / (squares + n epsilon)) is 1 / sqrt(squares / n + epsilon) with fewer operations.
template <class Number>
void reference(const Problem&, std::int64_t slice, std::span<const Number* const> operands,
               std::span<Number> values, std::span<double> magnitudes) {
  using std::sqrt;
  const std::size_t columns = values.size();
  const auto count = static_cast<double>(columns);
  const Number* x = operands[0] + static_cast<std::size_t>(slice) * columns;
  Number squares = count * kNormEpsilon;
  for (std::size_t i = 0; i < columns; ++i) squares += x[i] * x[i];
  const Number scale = sqrt(count / squares);
  for (std::size_t i = 0; i < columns; ++i) {
    values[i] = x[i] * scale * operands[1][i];
    magnitudes[i] = std::abs(plain(values[i]));
  }
}

// The sum of n squares rounds as sqrt(n) (Higham & Mary 2019, see gemm), half of which reaches the
// scale; 8 covers the scale's own roundings and the two products.
double tolerance(const Problem& problem) {
  const auto columns = static_cast<double>(problem.extent("columns"));
  return dtype_epsilon(problem.dtypes.accumulate) * (8 + std::sqrt(columns)) +
         dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive rmsnorm = {
    .name = "rmsnorm",
    .description = "out = x / sqrt(mean(x^2) + 1e-5) gamma along each row (Zhang & Sennrich 2019)",
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
