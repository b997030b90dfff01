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

Operands operands(const Problem& problem) {
  const OperandExtents extents = {problem.extent("elements")};
  return {{"in", Role::input, problem.dtypes.a, extents},
          {"out", Role::output, problem.dtypes.out, extents}};
}

template <class Number>
void reference(const Problem&, std::int64_t slice, std::span<const Number* const> inputs,
               std::span<Number> values, std::span<double> magnitudes) {
  const Number* in = inputs[0] + static_cast<std::size_t>(slice) * values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = in[i];
    magnitudes[i] = std::abs(plain(in[i]));
  }
}

// Exact where both dtypes are the same, else one rounding.
double tolerance(const Problem& problem) {
  return problem.dtypes.a == problem.dtypes.out ? 0 : dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive copy = {
    .name = "copy",
    .description = "probe of the memory: out = in; the elements decide which level holds them",
    .axes = kAxes,
    .options = {},
    .probe = true,
    .work_version = 1,
    .invalid = invalid,
    .work = bytes_of_operands,
    .operands = operands,
    .slices = slices_of_elements,
    .reference = reference<double>,
    .counted = reference<Counted>,
    .tolerance = tolerance,
};

}  // namespace ergon::primitive
