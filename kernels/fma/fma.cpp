#include <cmath>
#include <numeric>
#include <string>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/fma/contraction.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"lanes", "depth"};

std::string invalid(const Problem& problem) {
  return extents_too_large({problem.extent("lanes"), problem.extent("depth")});
}

Work work(const Problem& problem) {
  const std::int64_t lanes = problem.extent("lanes");
  Work counted;
  counted.flops = 2 * lanes * problem.extent("depth");
  counted.bytes_read = static_cast<std::int64_t>(dtype_bytes(problem.dtypes.a, kFmaInputs));
  counted.bytes_written = static_cast<std::int64_t>(dtype_bytes(problem.dtypes.out, lanes));
  return counted;
}

Operands operands(const Problem& problem) {
  return {{"in", Role::input, problem.dtypes.a, {kFmaInputs}},
          {"out", Role::output, problem.dtypes.out, {problem.extent("lanes")}}};
}

std::int64_t slices(const Problem& problem) {
  const std::int64_t lanes = problem.extent("lanes");
  return lanes / std::gcd(lanes, std::int64_t{1024});
}

// All terms have the sign of x: nothing cancels.
template <class Number>
void reference(const Problem& problem, std::int64_t slice, std::span<const Number* const> inputs,
               std::span<Number> values, std::span<double> magnitudes) {
  const std::size_t first = static_cast<std::size_t>(slice) * values.size();
  const std::int64_t depth = problem.extent("depth");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Number& x = inputs[0][(first + i) % kFmaInputs];
    Number y = known(0, x);
    for (std::int64_t step = 0; step < depth; ++step) y = kContraction * y + x;
    values[i] = y;
    magnitudes[i] = std::abs(plain(y));
  }
}

// Each step rounds at most twice and shrinks the errors before it by a: 2 / (1 - a) = 8 of them.
double tolerance(const Problem& problem) {
  return 2 * dtype_epsilon(problem.dtypes.accumulate) / (1 - kContraction) +
         dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive fma = {
    .name = "fma",
    .description =
        "probe of the arithmetic: out[i] = y after depth steps of y = 0.75 y + in[i % 32], "
        "from 0, in registers",
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
