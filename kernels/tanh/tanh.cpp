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
  counted.specials = problem.extent("elements");
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
  using std::tanh;
  const std::size_t first = static_cast<std::size_t>(slice) * values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = tanh(operands[0][first + i]);
    magnitudes[i] = std::abs(plain(values[i]));
  }
}

// 8 roundings of `accumulate`: a rational or polynomial form of the function and its argument.
double tolerance(const Problem& problem) {
  return 8 * dtype_epsilon(problem.dtypes.accumulate) + dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive tanh = {
    .name = "tanh",
    .description = "out = tanh(in)",
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
