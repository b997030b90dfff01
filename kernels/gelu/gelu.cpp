#include <cmath>
#include <string>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/gelu/definition.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"elements"};
constexpr std::string_view kForms[] = {"erf", "tanh"};
constexpr Option kOptions[] = {{"form", kForms}};

std::string invalid(const Problem& problem) {
  return extents_too_large({problem.extent("elements")});
}

// erf: x / sqrt(2), 1 + erf, x / 2, their product. tanh: the cube's two products and the sum with
// x, each with its factor, then 1 + tanh, x / 2 and the product.
Work work(const Problem& problem) {
  const std::int64_t elements = problem.extent("elements");
  Work counted = bytes_of_operands(problem);
  counted.flops = (problem.choice("form") == "erf" ? 4 : 8) * elements;
  counted.specials = elements;
  return counted;
}

Operands operands(const Problem& problem) {
  const OperandExtents extents = {problem.extent("elements")};
  return {{"in", Role::input, problem.dtypes.a, extents},
          {"out", Role::output, problem.dtypes.out, extents}};
}

// Both forms add x/2 and x/2 f(x), f being erf or tanh. For x far below zero the two cancel: a
// kernel that forms 1 + f in f32 keeps an absolute error of x/2 parts in 2^24, which is why the
// magnitude is the sum of both terms and not the small value itself.
template <class Number>
void reference(const Problem& problem, std::int64_t slice, std::span<const Number* const> inputs,
               std::span<Number> values, std::span<double> magnitudes) {
  const Number* in = inputs[0] + static_cast<std::size_t>(slice) * values.size();
  const bool erf = problem.choice("form") == "erf";
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = erf ? gelu_erf(in[i]) : gelu_tanh(in[i]);
    const double half = plain(in[i]) / 2;
    magnitudes[i] = std::abs(half) + std::abs(plain(values[i]) - half);
  }
}

// f may be wrong by 1.5e-7 or 2.5 parts in 2^24, the bound of the usual approximation of erf
// (Abramowitz and Stegun 7.1.26, which libraries evaluate in f32 with about as much rounding
// again); that is against 1/2 (1 + |f|) of the magnitude, so twice as much; the argument, the sum
// and the products round once each: 15 in all. No sum grows with the problem.
double tolerance(const Problem& problem) {
  return 15 * dtype_epsilon(problem.dtypes.accumulate) + dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive gelu = {
    .name = "gelu",
    .description =
        "out = in / 2 (1 + erf(in / sqrt 2)), or with tanh(sqrt(2 / pi) (in + 0.044715 "
        "in^3)) for erf",
    .axes = kAxes,
    .options = kOptions,
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
