#include <cmath>
#include <string>

#include <fmt/format.h>

#include "kernels/counted.h"
#include "kernels/counts.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"batch", "sequence", "heads", "head_size"};

std::string invalid(const Problem& problem) {
  const std::int64_t head_size = problem.extent("head_size");
  if (head_size % 2 != 0) {
    return fmt::format("head_size {} is odd: its halves turn together", head_size);
  }
  return extents_too_large(
      {problem.extent("batch"), problem.extent("sequence"), problem.extent("heads"), head_size});
}

// Two products and a sum an element.
Work work(const Problem& problem) {
  Work counted = bytes_of_operands(problem);
  counted.flops = 3 * problem.extent("batch") * problem.extent("sequence") *
                  problem.extent("heads") * problem.extent("head_size");
  return counted;
}

Operands operands(const Problem& problem) {
  const std::int64_t sequence = problem.extent("sequence");
  const std::int64_t head_size = problem.extent("head_size");
  const OperandExtents extents = {problem.extent("batch"), sequence, problem.extent("heads"),
                                  head_size};
  return {{"x", Role::input, problem.dtypes.a, extents},
          {"cos", Role::input, problem.dtypes.b, {sequence, head_size / 2}},
          {"sin", Role::input, problem.dtypes.b, {sequence, head_size / 2}},
          {"out", Role::output, problem.dtypes.out, extents}};
}

// One head of one position.
std::int64_t slices(const Problem& problem) {
  return problem.extent("batch") * problem.extent("sequence") * problem.extent("heads");
}

// Elements i and i + head_size / 2 are one vector of the plane, turned by the position's angle i.
template <class Number>
void reference(const Problem& problem, std::int64_t slice, std::span<const Number* const> operands,
               std::span<Number> values, std::span<double> magnitudes) {
  const std::int64_t position = slice / problem.extent("heads") % problem.extent("sequence");
  const std::size_t half = values.size() / 2;
  const Number* x = operands[0] + static_cast<std::size_t>(slice) * values.size();
  const Number* cosines = operands[1] + static_cast<std::size_t>(position) * half;
  const Number* sines = operands[2] + static_cast<std::size_t>(position) * half;
  for (std::size_t i = 0; i < half; ++i) {
    const Number terms[4] = {x[i] * cosines[i], x[i + half] * sines[i], x[i + half] * cosines[i],
                             x[i] * sines[i]};
    values[i] = terms[0] - terms[1];
    values[i + half] = terms[2] + terms[3];
    magnitudes[i] = std::abs(plain(terms[0])) + std::abs(plain(terms[1]));
    magnitudes[i + half] = std::abs(plain(terms[2])) + std::abs(plain(terms[3]));
  }
}

// Each product rounds once, and their sum.
double tolerance(const Problem& problem) {
  return 2 * dtype_epsilon(problem.dtypes.accumulate) + dtype_epsilon(problem.dtypes.out);
}

}  // namespace

extern const Primitive rotary = {
    .name = "rotary",
    .description =
        "halves of each head turned by its position's angles: out[i] = x[i] cos[i] - x[i + h] "
        "sin[i], "
        "out[i + h] = x[i + h] cos[i] + x[i] sin[i], h = head_size / 2 (Su et al. 2021)",
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
