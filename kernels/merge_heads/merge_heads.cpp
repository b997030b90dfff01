#include <cmath>
#include <string>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"batch", "sequence", "heads", "head_size"};

std::string invalid(const Problem& problem) {
  return extents_too_large({problem.extent("batch"), problem.extent("sequence"),
                            problem.extent("heads"), problem.extent("head_size")});
}

Operands operands(const Problem& problem) {
  const std::int64_t batch = problem.extent("batch");
  const std::int64_t sequence = problem.extent("sequence");
  const std::int64_t heads = problem.extent("heads");
  const std::int64_t head_size = problem.extent("head_size");
  return {{"in", Role::input, problem.dtypes.a, {batch, heads, sequence, head_size}},
          {"out", Role::output, problem.dtypes.out, {batch, sequence, heads, head_size}}};
}

// One head of one position.
std::int64_t slices(const Problem& problem) {
  return problem.extent("batch") * problem.extent("sequence") * problem.extent("heads");
}

template <class Number>
void reference(const Problem& problem, std::int64_t slice, std::span<const Number* const> operands,
               std::span<Number> values, std::span<double> magnitudes) {
  const std::int64_t sequence = problem.extent("sequence");
  const std::int64_t heads = problem.extent("heads");
  const std::int64_t head = slice % heads;
  const std::int64_t position = slice / heads % sequence;
  const std::int64_t batch = slice / (sequence * heads);
  const std::int64_t from = (batch * heads + head) * sequence + position;
  const Number* in = operands[0] + static_cast<std::size_t>(from) * values.size();
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

extern const Primitive merge_heads = {
    .name = "merge_heads",
    .description =
        "out[b, s, h] = in[b, h, s], head_size numbers each: the heads of each position together",
    .axes = kAxes,
    .options = {},
    .probe = false,
    .work_version = 1,
    .invalid = invalid,
    .work = bytes_of_operands,
    .operands = operands,
    .slices = slices,
    .reference = reference<double>,
    .counted = reference<Counted>,
    .tolerance = tolerance,
};

}  // namespace ergon::primitive
