#include <cmath>
#include <string>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"batch", "m", "n", "k"};
constexpr std::string_view kNoYes[] = {"no", "yes"};
constexpr Option kOptions[] = {{"transpose_b", kNoYes}};

std::string invalid(const Problem& problem) {
  return extents_too_large(
      {problem.extent("batch"), problem.extent("m"), problem.extent("n"), problem.extent("k")});
}

Work work(const Problem& problem) {
  Work counted = bytes_of_operands(problem);
  counted.flops =
      2 * problem.extent("batch") * problem.extent("m") * problem.extent("n") * problem.extent("k");
  return counted;
}

Operands operands(const Problem& problem) {
  const std::int64_t batch = problem.extent("batch");
  const std::int64_t m = problem.extent("m");
  const std::int64_t n = problem.extent("n");
  const std::int64_t k = problem.extent("k");
  const bool transposed = problem.choice("transpose_b") == "yes";
  const OperandExtents of_b = {batch, transposed ? n : k, transposed ? k : n};
  return {{"a", Role::input, problem.dtypes.a, {batch, m, k}},
          {"b", Role::input, problem.dtypes.b, of_b},
          {"c", Role::output, problem.dtypes.out, {batch, m, n}}};
}

// One row of one product.
std::int64_t slices(const Problem& problem) {
  return problem.extent("batch") * problem.extent("m");
}

template <class Number>
void reference(const Problem& problem, std::int64_t slice, std::span<const Number* const> operands,
               std::span<Number> values, std::span<double> magnitudes) {
  const auto n = static_cast<std::size_t>(problem.extent("n"));
  const auto k = static_cast<std::size_t>(problem.extent("k"));
  const bool transposed = problem.choice("transpose_b") == "yes";
  const Number* a = operands[0] + static_cast<std::size_t>(slice) * k;
  const Number* b = operands[1] + static_cast<std::size_t>(slice / problem.extent("m")) * n * k;
  for (std::size_t j = 0; j < n; ++j) values[j] = magnitudes[j] = 0;
  for (std::size_t p = 0; p < k; ++p) {
    for (std::size_t j = 0; j < n; ++j) {
      const Number term = a[p] * b[transposed ? j * k + p : p * n + j];
      values[j] += term;
      magnitudes[j] += std::abs(plain(term));
    }
  }
}

// As gemm's.
double tolerance(const Problem& problem) {
  constexpr double kSpread = 6;
  return kSpread * dtype_epsilon(problem.dtypes.accumulate) *
             std::sqrt(static_cast<double>(problem.extent("k")) + 1) +
         dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive batched_gemm = {
    .name = "batched_gemm",
    .description =
        "c = a b for each of `batch` pairs of activations; b is k x n, or n x k where transposed",
    .axes = kAxes,
    .options = kOptions,
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
