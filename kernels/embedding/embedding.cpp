#include <cmath>
#include <string>

#include <fmt/format.h>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"tokens", "columns", "vocabulary"};

std::string invalid(const Problem& problem) {
  constexpr std::int64_t kIndexMax = 2147483647;  // indices are i32
  const std::int64_t columns = problem.extent("columns");
  const std::int64_t vocabulary = problem.extent("vocabulary");
  if (vocabulary > kIndexMax) {
    return fmt::format("vocabulary {} is over {}, the largest index of i32", vocabulary, kIndexMax);
  }
  if (std::string why = extents_too_large({vocabulary, columns}); !why.empty()) return why;
  return extents_too_large({problem.extent("tokens"), columns});
}

// A row of the table for each token, never the whole table; a row that two tokens share is read
// twice.
Work work(const Problem& problem) {
  const std::int64_t tokens = problem.extent("tokens");
  const std::int64_t elements = tokens * problem.extent("columns");
  Work counted;
  counted.bytes_read = static_cast<std::int64_t>(dtype_bytes(Dtype::i32, tokens) +
                                                 dtype_bytes(problem.dtypes.b, elements));
  counted.bytes_written = static_cast<std::int64_t>(dtype_bytes(problem.dtypes.out, elements));
  return counted;
}

Operands operands(const Problem& problem) {
  const std::int64_t tokens = problem.extent("tokens");
  const std::int64_t columns = problem.extent("columns");
  const std::int64_t vocabulary = problem.extent("vocabulary");
  return {{"indices", Role::input, Dtype::i32, {tokens}, vocabulary},
          {"table", Role::weight, problem.dtypes.b, {vocabulary, columns}},
          {"out", Role::output, problem.dtypes.out, {tokens, columns}}};
}

std::int64_t slices(const Problem& problem) { return problem.extent("tokens"); }

template <class Number>
void reference(const Problem&, std::int64_t slice, std::span<const Number* const> operands,
               std::span<Number> values, std::span<double> magnitudes) {
  const auto row = static_cast<std::size_t>(static_cast<std::int64_t>(operands[0][slice]));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = operands[1][row * values.size() + i];
    magnitudes[i] = std::abs(plain(values[i]));
  }
}

// Exact where both dtypes are the same, else one rounding.
double tolerance(const Problem& problem) {
  return problem.dtypes.b == problem.dtypes.out ? 0 : dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive embedding = {
    .name = "embedding",
    .description =
        "out[t] = table[indices[t]], a row of `columns` numbers for each token; indices below "
        "`vocabulary`",
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
