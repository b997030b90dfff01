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

// Per element: the mean's sum; a difference, a product and a sum for the variance; a difference and
// three operations to scale, weigh and shift. Per row: a division and a square root.
Work work(const Problem& problem) {
  const std::int64_t rows = problem.extent("rows");
  Work counted = bytes_of_operands(problem);
  counted.flops = 8 * rows * problem.extent("columns");
  counted.specials = 2 * rows;
  return counted;
}

Operands operands(const Problem& problem) {
  const std::int64_t columns = problem.extent("columns");
  const OperandExtents extents = {problem.extent("rows"), columns};
  return {{"x", Role::input, problem.dtypes.a, extents},
          {"gamma", Role::weight, problem.dtypes.b, {columns}},
          {"beta", Role::weight, problem.dtypes.b, {columns}},
          {"out", Role::output, problem.dtypes.out, extents}};
}

std::int64_t slices(const Problem& problem) { return problem.extent("rows"); }

// An element is as wrong as x and the mean are, stretched by the scale; the mean as the mean |x|.
// sqrt(n / (squares + n epsilon)) is 1 / sqrt(squares / n + epsilon) with fewer operations.
template <class Number>
void reference(const Problem&, std::int64_t slice, std::span<const Number* const> operands,
               std::span<Number> values, std::span<double> magnitudes) {
  using std::sqrt;
  const std::size_t columns = values.size();
  const auto count = static_cast<double>(columns);
  const Number* x = operands[0] + static_cast<std::size_t>(slice) * columns;
  Number sum = x[0];
  double absolute_mean = std::abs(plain(x[0])) / count;
  for (std::size_t i = 1; i < columns; ++i) {
    sum += x[i];
    absolute_mean += std::abs(plain(x[i])) / count;
  }
  const Number mean = (1 / count) * sum;
  Number squares = count * kNormEpsilon;
  for (std::size_t i = 0; i < columns; ++i) {
    const Number distance = x[i] - mean;
    squares += distance * distance;
  }
  const Number scale = sqrt(count / squares);
  for (std::size_t i = 0; i < columns; ++i) {
    const Number& gamma = operands[1][i];
    const Number& beta = operands[2][i];
    values[i] = (x[i] - mean) * scale * gamma + beta;
    magnitudes[i] =
        (std::abs(plain(x[i])) + absolute_mean) * plain(scale) * std::abs(plain(gamma)) +
        std::abs(plain(beta));
  }
}

// The mean's and the variance's sums of n terms round as sqrt(n) (Higham & Mary 2019, see gemm); 8
// covers the scale, whose own roundings are few, and the four operations of an element.
double tolerance(const Problem& problem) {
  const auto columns = static_cast<double>(problem.extent("columns"));
  return dtype_epsilon(problem.dtypes.accumulate) * (8 + std::sqrt(columns)) +
         dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive layernorm = {
    .name = "layernorm",
    .description =
        "out = (x - mean) / sqrt(variance + 1e-5) gamma + beta along each row; variance is "
        "the mean of (x - mean)^2",
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
