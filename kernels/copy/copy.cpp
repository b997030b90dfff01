#include <cmath>
#include <numeric>
#include <string>

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
  const std::int64_t elements = problem.extent("elements");
  Work counted;
  counted.bytes_read = static_cast<std::int64_t>(dtype_bytes(problem.dtypes.a, elements));
  counted.bytes_written = static_cast<std::int64_t>(dtype_bytes(problem.dtypes.out, elements));
  return counted;
}

std::vector<Operand> operands(const Problem& problem) {
  const std::vector<std::int64_t> extents = {problem.extent("elements")};
  return {{"in", Role::input, problem.dtypes.a, extents},
          {"out", Role::output, problem.dtypes.out, extents}};
}

std::int64_t slices(const Problem& problem) {
  const std::int64_t elements = problem.extent("elements");
  return elements / std::gcd(elements, std::int64_t{1024});
}

void reference(const Problem&, std::int64_t slice, std::span<const double* const> inputs,
               std::span<double> values, std::span<double> magnitudes) {
  const double* in = inputs[0] + static_cast<std::size_t>(slice) * values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = in[i];
    magnitudes[i] = std::abs(in[i]);
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
    .work = work,
    .operands = operands,
    .slices = slices,
    .reference = reference,
    .tolerance = tolerance,
};

}  // namespace ergon::primitive
