#include "kernels/check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include <fmt/format.h>

#include "kernels/cpu/team.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Worst {
  double error = -1;
  std::int64_t element = -1;
  double found = 0;
  double value = 0;
  double allowed = 0;
};

// |found - value| / magnitude, less what flushing to zero may do; infinite where nothing is right.
double relative_error(double found, double value, double magnitude, double min_normal) {
  if (!std::isfinite(found)) return std::numeric_limits<double>::infinity();
  if (found == value) return 0;
  if (magnitude == 0) return std::numeric_limits<double>::infinity();
  return std::max(0.0, std::fabs(found - value) - min_normal) / magnitude;
}

std::vector<std::int64_t> choose_slices(const Problem& problem, std::int64_t slices,
                                        std::int64_t flops_max, std::uint64_t seed) {
  const Work work = problem.primitive->work(problem);
  const std::int64_t cost_all = std::max<std::int64_t>(1, work.flops + work.specials);
  const double affordable = static_cast<double>(slices) *
                            (static_cast<double>(flops_max) / static_cast<double>(cost_all));
  std::vector<std::int64_t> chosen;
  if (slices <= 4 || affordable >= static_cast<double>(slices)) {
    chosen.resize(static_cast<std::size_t>(slices));
    std::iota(chosen.begin(), chosen.end(), 0);
    return chosen;
  }
  const auto wanted = static_cast<std::size_t>(std::max(4.0, affordable));
  std::mt19937_64 random(seed);
  std::set<std::int64_t> set = {0, slices - 1};
  while (set.size() < wanted) {
    set.insert(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(slices)));
  }
  return {set.begin(), set.end()};
}

std::string place(const Operand& output, std::int64_t element) {
  std::vector<std::int64_t> indices(output.extents.size());
  for (std::size_t axis = indices.size(); axis-- > 0;) {
    indices[axis] = element % output.extents[axis];
    element /= output.extents[axis];
  }
  return fmt::format("{}[{}]", output.name, fmt::join(indices, ", "));
}

// The worst element of some slices.
Worst compare(const Problem& problem, std::span<const double* const> arrays,
              std::span<const std::int64_t> slices, std::int64_t slice_elements) {
  const double tolerance = problem.primitive->tolerance(problem);
  const double min_normal = dtype_min_normal(problem.primitive->operands(problem).back().dtype);
  std::vector<double> values(static_cast<std::size_t>(slice_elements));
  std::vector<double> magnitudes(values.size());
  Worst worst;
  for (const std::int64_t slice : slices) {
    problem.primitive->reference(problem, slice, arrays, values, magnitudes);
    const double* found = arrays.back() + slice * slice_elements;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double error = relative_error(found[i], values[i], magnitudes[i], min_normal);
      if (error <= worst.error) continue;
      worst = {.error = error,
               .element = slice * slice_elements + static_cast<std::int64_t>(i),
               .found = found[i],
               .value = values[i],
               .allowed = magnitudes[i] == 0 ? 0 : tolerance * magnitudes[i] + min_normal};
    }
  }
  return worst;
}

// On all CPUs of the process where that is worth a team.
Worst compare_all(const Problem& problem, std::span<const double* const> arrays,
                  std::span<const std::int64_t> slices, std::int64_t slice_elements) {
  constexpr double kFlopsWorthATeam = 1e6;
  const Work work = problem.primitive->work(problem);
  const double cost = static_cast<double>(work.flops + work.specials) *
                      static_cast<double>(slices.size()) /
                      static_cast<double>(problem.primitive->slices(problem));
  const auto threads =
      static_cast<int>(std::min<std::int64_t>(std::ssize(slices), std::ssize(process_cpus())));
  if (cost < kFlopsWorthATeam || threads == 1) {
    return compare(problem, arrays, slices, slice_elements);
  }
  std::vector<Worst> found(static_cast<std::size_t>(threads));
  parallel(threads, [&](int thread) {
    const Share part = share(std::ssize(slices), 1, threads, thread);
    found[static_cast<std::size_t>(thread)] =
        compare(problem, arrays,
                slices.subspan(static_cast<std::size_t>(part.begin),
                               static_cast<std::size_t>(part.end - part.begin)),
                slice_elements);
  });
  return *std::ranges::max_element(found, {}, &Worst::error);
}

}  // namespace

Check check_output(const Problem& problem, std::span<const std::vector<std::byte>> operands,
                   std::int64_t flops_max, std::uint64_t seed) {
  const Primitive& primitive = *problem.primitive;
  const Operands described = primitive.operands(problem);
  ERGON_ASSERT(operands.size() == described.size());
  std::vector<std::vector<double>> decoded;
  std::vector<const double*> arrays;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::int64_t elements = described[i].elements();
    ERGON_ASSERT(operands[i].size() == dtype_bytes(described[i].dtype, elements));
    decoded.emplace_back(static_cast<std::size_t>(elements));
    decode(described[i].dtype, operands[i].data(), decoded.back());
    arrays.push_back(decoded.back().data());
  }
  const std::int64_t slices = primitive.slices(problem);
  const std::int64_t slice_elements = described.back().elements() / slices;
  const std::vector<std::int64_t> chosen = choose_slices(problem, slices, flops_max, seed);

  const Worst worst = compare_all(problem, arrays, chosen, slice_elements);
  const auto count = static_cast<std::int64_t>(chosen.size());
  Check check = {.complete = count == slices,
                 .passed = worst.error <= primitive.tolerance(problem),
                 .error_max = worst.error,
                 .tolerance = primitive.tolerance(problem),
                 .checked = count * slice_elements,
                 .worst = ""};
  if (!check.passed) {
    check.worst = fmt::format("{} is {:.9g}, should be {:.9g} +- {:.2g}",
                              place(described.back(), worst.element), worst.found, worst.value,
                              worst.allowed);
  }
  return check;
}

}  // namespace ergon
