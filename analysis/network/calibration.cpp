#include "analysis/network/calibration.h"

#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "analysis/least_squares.h"
#include "kernels/error.h"

namespace ergon {

PricedParts& PricedParts::operator+=(const PricedParts& other) {
  measured_j += other.measured_j;
  streamed_j += other.streamed_j;
  permuted_j += other.permuted_j;
  return *this;
}

PricedParts parts_of(const PriceList& prices, const Problem& problem, double count) {
  const std::optional<Price> price = prices.price(problem);
  if (!price) {
    throw Error(fmt::format("calibration: nothing prices {}; name a proxy, or measure {}",
                            problem_key(problem), problem.primitive->name));
  }
  const double energy = count * price->energy.value;
  if (!price->borrowed) return {.measured_j = energy};
  const std::string_view name = problem.primitive->name;
  const bool permutes = name == "split_heads" || name == "merge_heads";
  return permutes ? PricedParts{.permuted_j = energy} : PricedParts{.streamed_j = energy};
}

// Bayesian linear regression with normal priors around 1. A group counts once, however many sizes
// it was measured at: they err together, by kError.
Calibration calibrate(std::span<const MeasuredSum> sums) {
  constexpr double kError = 0.03;                         // of a group's sum; relative
  constexpr double kMeasuredPrior = 0.05;                 // standard deviations
  constexpr double kBorrowedPrior = kProxyWidth / 1.645;  // 90 % within kProxyWidth
  std::map<int, double> sizes;
  for (const MeasuredSum& sum : sums) ++sizes[sum.group];
  Gram gram(3);
  const auto add = [&](const PricedParts& parts, double deviation) {
    const std::array<double, 3> row = {parts.measured_j / deviation, parts.streamed_j / deviation,
                                       parts.permuted_j / deviation};
    gram.add(row, 1 / deviation);
  };
  for (const MeasuredSum& sum : sums) {
    const double energy = sum.energy_j;
    add({sum.parts.measured_j / energy, sum.parts.streamed_j / energy,
         sum.parts.permuted_j / energy},
        kError * std::sqrt(sizes[sum.group]));
  }
  add({.measured_j = 1}, kMeasuredPrior);
  add({.streamed_j = 1}, kBorrowedPrior);
  add({.permuted_j = 1}, kBorrowedPrior);
  const Solution solution = solve_nonnegative(gram);
  return {.measured = solution.values[0],
          .streamed = solution.values[1],
          .permuted = solution.values[2]};
}

}  // namespace ergon
