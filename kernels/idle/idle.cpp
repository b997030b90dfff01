#include <string>

#include "kernels/counted.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon::primitive {
namespace {

constexpr std::string_view kAxes[] = {"microseconds"};

std::string invalid(const Problem&) { return {}; }

Work work(const Problem& problem) {
  Work counted;
  counted.bytes_written = static_cast<std::int64_t>(dtype_bytes(problem.dtypes.out, 1));
  return counted;
}

Operands operands(const Problem& problem) {
  return {{"out", Role::output, problem.dtypes.out, {1}}};
}

std::int64_t slices(const Problem&) { return 1; }

template <class Number>
void reference(const Problem&, std::int64_t, std::span<const Number* const>,
               std::span<Number> values, std::span<double> magnitudes) {
  values[0] = magnitudes[0] = 1;
}

double tolerance(const Problem&) { return 0; }

}  // namespace

extern const Primitive idle = {
    .name = "idle",
    .description = "probe of active idle: every thread spins for that long; out = 1 says it ran",
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
