#include <cmath>
#include <string>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"
#include "kernels/silu/definition.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"elements"};

std::string invalid(const Problem& problem) {
  return extents_too_large({problem.extent("elements")});
}

// 1 + exp, the product with up; the exponential and the division.
Work work(const Problem& problem) {
  Work counted = bytes_of_operands(problem);
  counted.flops = 2 * problem.extent("elements");
  counted.specials = 2 * problem.extent("elements");
  return counted;
}

Operands operands(const Problem& problem) {
  const OperandExtents extents = {problem.extent("elements")};
  return {{"gate", Role::input, problem.dtypes.a, extents},
          {"up", Role::input, problem.dtypes.b, extents},
          {"out", Role::output, problem.dtypes.out, extents}};
}

// Rounding the argument of exp by one part in 2^24 moves its value by |argument| such parts.
template <class Number>
void reference(const Problem&, std::int64_t slice, std::span<const Number* const> operands,
               std::span<Number> values, std::span<double> magnitudes) {
  const std::size_t first = static_cast<std::size_t>(slice) * values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Number& gate = operands[0][first + i];
    values[i] = silu_of(gate) * operands[1][first + i];
    magnitudes[i] = std::abs(plain(values[i])) * (1 + std::abs(plain(gate)));
  }
}

// 8 roundings of `accumulate`: exp, the sum, the division and the products.
double tolerance(const Problem& problem) {
  return 8 * dtype_epsilon(problem.dtypes.accumulate) + dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive swiglu = {
    .name = "swiglu",
    .description = "out = silu(gate) up, silu(x) = x / (1 + exp(-x)) (Shazeer 2020)",
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
