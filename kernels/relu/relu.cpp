#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"elements"};

std::string invalid(const Problem& problem) {
  return extents_too_large({problem.extent("elements")});
}

Work work(const Problem& problem) {
  Work counted = bytes_of_operands(problem);
  counted.flops = problem.extent("elements");
  return counted;
}

Operands operands(const Problem& problem) {
  const OperandExtents extents = {problem.extent("elements")};
  return {{"in", Role::input, problem.dtypes.a, extents},
          {"out", Role::output, problem.dtypes.out, extents}};
}

template <class Number>
void reference(const Problem&, std::int64_t slice, std::span<const Number* const> operands,
               std::span<Number> values, std::span<double> magnitudes) {
  using std::max;
  const std::size_t first = static_cast<std::size_t>(slice) * values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = max(operands[0][first + i], Number(0));
    magnitudes[i] = std::abs(plain(values[i]));
  }
}

// Exact where both dtypes are the same, else one rounding.
double tolerance(const Problem& problem) {
  return problem.dtypes.a == problem.dtypes.out ? 0 : dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive relu = {
    .name = "relu",
    .description = "out = max(in, 0)",
    .axes = kAxes,
    .options = {},
    .probe = false,
    .work_version = 1,
    .invalid = invalid,
    .work = work,
    .operands = operands,
    .slices = slices_of_elements,
    .reference = reference<double>,
    .counted = reference<Counted>,
    .tolerance = tolerance,
};

}  // namespace ergon::primitive
