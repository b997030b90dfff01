#include <cmath>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/gelu/definition.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon {
namespace {

constexpr std::string_view kAxes[] = {"m", "n", "k"};
constexpr std::string_view kNoYes[] = {"no", "yes"};
constexpr std::string_view kEpilogues[] = {"none", "gelu"};
constexpr Option kOptions[] = {
    {.name = "transpose_b", .values = kNoYes},
    {.name = "bias", .values = kNoYes},
    {.name = "epilogue", .values = kEpilogues},
};

bool has_bias(const Problem& problem) { return problem.choice("bias") == "yes"; }
bool has_gelu(const Problem& problem) { return problem.choice("epilogue") == "gelu"; }
// Integer sums become floats by a factor for each column of c.
bool has_scale(const Problem& problem) {
  return problem.dtypes.accumulate == Dtype::i32 && problem.dtypes.out != Dtype::i32;
}

std::string invalid(const Problem& problem) {
  const std::int64_t m = problem.extent("m");
  const std::int64_t n = problem.extent("n");
  const std::int64_t k = problem.extent("k");
  // Leaves room for 2mnk flops, for a bias and for 8-byte elements in 63 bits.
  std::int64_t product = 0;
  if (__builtin_mul_overflow(m, n, &product) || __builtin_mul_overflow(product, k, &product) ||
      product > (std::int64_t{1} << 58)) {
    return "m n k is over 2^58";
  }
  if (problem.dtypes.out == Dtype::i32 && has_gelu(problem)) return "GELU gives no integers";
  constexpr std::int64_t kProductMax = 255 * 128;
  if (problem.dtypes.accumulate == Dtype::i32 && k > INT32_MAX / kProductMax) {
    return "sums of more than 65793 products of u8 and i8 can exceed an i32";
  }
  return "";
}

Work work(const Problem& problem) {
  const std::int64_t m = problem.extent("m");
  const std::int64_t n = problem.extent("n");
  const std::int64_t k = problem.extent("k");
  const bool gelu = has_gelu(problem);
  Work counted = bytes_of_operands(problem);
  const int each = (has_bias(problem) ? 1 : 0) + (has_scale(problem) ? 1 : 0) + (gelu ? 4 : 0);
  counted.flops = 2 * m * n * k + each * m * n;
  counted.specials = gelu ? m * n : 0;
  return counted;
}

Operands operands(const Problem& problem) {
  const std::int64_t m = problem.extent("m");
  const std::int64_t n = problem.extent("n");
  const std::int64_t k = problem.extent("k");
  const bool transposed = problem.choice("transpose_b") == "yes";
  Operands list = {{"a", Role::input, problem.dtypes.a, {m, k}},
                   {"b", Role::weight, problem.dtypes.b,
                    transposed ? OperandExtents{n, k} : OperandExtents{k, n}}};
  if (has_bias(problem)) list.push_back({"bias", Role::weight, problem.dtypes.accumulate, {n}});
  if (has_scale(problem)) list.push_back({"scale", Role::weight, Dtype::f32, {n}});
  list.push_back({"c", Role::output, problem.dtypes.out, {m, n}});
  return list;
}

std::int64_t slices(const Problem& problem) { return problem.extent("m"); }

// One row of c. The magnitude is that of the sum before the epilogue: GELU's slope is at most 1.13,
// so what the sum is off by reaches the output nearly whole, however small the output is.
template <class Number>
void reference(const Problem& problem, std::int64_t slice, std::span<const Number* const> arrays,
               std::span<Number> values, std::span<double> magnitudes) {
  const auto n = static_cast<std::size_t>(problem.extent("n"));
  const auto k = static_cast<std::size_t>(problem.extent("k"));
  const bool transposed = problem.choice("transpose_b") == "yes";
  const Number* a = arrays[0] + static_cast<std::size_t>(slice) * k;
  const Number* b = arrays[1];
  for (std::size_t j = 0; j < n; ++j) values[j] = magnitudes[j] = 0;
  for (std::size_t p = 0; p < k; ++p) {
    for (std::size_t j = 0; j < n; ++j) {
      const Number term = a[p] * b[transposed ? j * k + p : p * n + j];
      values[j] += term;
      magnitudes[j] += std::fabs(plain(term));
    }
  }
  for (std::size_t j = 0; j < n && has_bias(problem); ++j) {
    values[j] += arrays[2][j];
    magnitudes[j] += std::fabs(plain(arrays[2][j]));
  }
  const Number* scale = arrays[has_bias(problem) ? 3 : 2];
  for (std::size_t j = 0; j < n && has_scale(problem); ++j) {
    values[j] = values[j] * scale[j];
    magnitudes[j] *= std::fabs(plain(scale[j]));
  }
  if (!has_gelu(problem)) return;
  for (Number& x : values) x = gelu_erf(x);
}

// Rounding errors of a sum of k terms grow as sqrt(k) u times the sum of the terms' magnitudes,
// with a constant that is exceeded with probability exp(-constant^2 / 2): Higham & Mary, "A New
// Approach to Probabilistic Rounding Error Analysis", SIAM J. Sci. Comput. 41 (2019), theorem 3.1.
// With 6 and f32 a dropped term of average size, 1 / k of the magnitude, is caught to k = 19,000.
// Integer sums are exact; making them floats and scaling these round once each.
double tolerance(const Problem& problem) {
  constexpr double kSpread = 6;
  const double sums = kSpread * dtype_epsilon(problem.dtypes.accumulate) *
                      std::sqrt(static_cast<double>(problem.extent("k")) + 1);
  const double sum = has_scale(problem) ? 2 * dtype_epsilon(Dtype::f32) : sums;
  // GELU: its slope, and a few roundings of a factor between 0 and 1 on the scale of the sum.
  const double epilogue = has_gelu(problem) ? 1.13 * sum + 4 * dtype_epsilon(Dtype::f32) : sum;
  return epilogue + dtype_epsilon(problem.dtypes.out);
}

}  // namespace

namespace primitive {
extern const Primitive gemm = {
    .name = "gemm",
    .description =
        "c = epilogue(scale (a b + bias)); b is k x n, or n x k where transposed; GELU by erf; "
        "scale, one a column, only where integer sums become floats",
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
}  // namespace primitive

}  // namespace ergon
