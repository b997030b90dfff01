#include "analysis/interval.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "analysis/statistics.h"

namespace ergon {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kTail = 0.95;  // of a 90 % interval
constexpr int kFreedomMin = 3;  // t at 1 and 2 degrees of freedom is 6.3 and 2.9: no statement
constexpr int kGroupsMin = 6;   // fewer groups have too few distinct resamples

// d value / d known = -(X'X)^-1 X'k, for the free coefficients.
std::vector<double> sensitivities(const Gram& all, std::span<const int> carriers,
                                  const KnownColumn* known, const Solution& solution) {
  std::vector<double> result(carriers.size(), 0);
  if (known == nullptr) return result;
  for (std::size_t i = 0; i < carriers.size(); ++i) {
    for (std::size_t j = 0; j < carriers.size(); ++j) {
      result[i] -= solution.inverse[i * carriers.size() + j] * all.xx(carriers[j], known->column);
    }
  }
  return result;
}

// One row of values per resample of the groups, the known coefficient drawn anew each time.
std::vector<std::vector<double>> bootstrap(std::span<const Gram> groups,
                                           std::span<const int> carriers, const KnownColumn* known,
                                           const BootstrapOptions& options) {
  SplitMix random(options.seed);
  std::vector<std::vector<double>> draws;
  for (int r = 0; r < options.resamples; ++r) {
    Gram sum(groups.front().columns());
    for (std::size_t g = 0; g < groups.size(); ++g) sum += groups[random.below(groups.size())];
    if (known != nullptr) {
      sum = sum.less(known->column, known->value + std::sqrt(known->variance) * random.normal());
    }
    draws.push_back(solve_nonnegative(sum.select(carriers)).values);
  }
  return draws;
}

std::vector<double> covariance_of(const std::vector<std::vector<double>>& draws) {
  const std::size_t p = draws.front().size();
  const auto n = static_cast<double>(draws.size());
  std::vector<double> mean(p, 0), covariance(p * p, 0);
  for (const auto& draw : draws) {
    for (std::size_t i = 0; i < p; ++i) mean[i] += draw[i] / n;
  }
  for (const auto& draw : draws) {
    for (std::size_t i = 0; i < p; ++i) {
      for (std::size_t j = 0; j < p; ++j) {
        covariance[i * p + j] += (draw[i] - mean[i]) * (draw[j] - mean[j]) / (n - 1);
      }
    }
  }
  return covariance;
}

// Why the data cannot carry intervals; empty where it can.
std::string too_small(std::span<const Gram> groups, const Gram& all, std::size_t p,
                      const KnownColumn* known) {
  if (known != nullptr && std::isnan(known->variance)) {
    return "W static of the device block has no interval";
  }
  const auto independent = static_cast<long>(groups.size());
  if (independent - static_cast<long>(p) < kFreedomMin) {
    return fmt::format("n too small: {} shape{} ({} record{}) for {} coefficient{}", independent,
                       independent == 1 ? "" : "s", all.rows(), all.rows() == 1 ? "" : "s", p,
                       p == 1 ? "" : "s");
  }
  return "";
}

}  // namespace

Estimate estimate(std::span<const Gram> groups, std::span<const int> carriers,
                  const KnownColumn* known, const BootstrapOptions& options) {
  Gram all(groups.front().columns());
  for (const Gram& group : groups) all += group;
  const Gram rest = known == nullptr ? all : all.less(known->column, known->value);
  const Solution solution = solve_nonnegative(rest.select(carriers));
  const std::size_t p = carriers.size();
  Estimate result{.values = solution.values,
                  .at_bound = solution.at_bound,
                  .low = std::vector<double>(p, kNan),
                  .high = std::vector<double>(p, kNan),
                  .sensitivity = sensitivities(all, carriers, known, solution),
                  .reason = too_small(groups, all, p, known),
                  .residual = solution.residual};
  if (!result.reason.empty()) return result;
  const auto bound = std::ranges::count(result.at_bound, true);
  const double freedom =
      static_cast<double>(all.rows()) - static_cast<double>(p) + static_cast<double>(bound);
  const double variance = solution.residual / freedom;
  result.covariance.resize(p * p);
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < p; ++j) {
      result.covariance[i * p + j] = variance * solution.inverse[i * p + j];
      if (known == nullptr) continue;
      result.covariance[i * p + j] +=
          known->variance * result.sensitivity[i] * result.sensitivity[j];
    }
  }
  std::vector<std::vector<double>> draws;
  if (bound > 0 && groups.size() >= kGroupsMin) {
    draws = bootstrap(groups, carriers, known, options);
    result.covariance = covariance_of(draws);
  }
  const double t =
      student_t_quantile(kTail, static_cast<double>(groups.size()) - static_cast<double>(p) +
                                    static_cast<double>(bound));
  for (std::size_t i = 0; i < p; ++i) {
    if (!result.at_bound[i]) {
      const double half = t * std::sqrt(result.covariance[i * p + i]);
      result.low[i] = std::max(0.0, result.values[i] - half);
      result.high[i] = result.values[i] + half;
    } else if (!draws.empty()) {
      std::vector<double> column;
      for (const auto& draw : draws) column.push_back(draw[i]);
      result.low[i] = quantile(column, 1 - kTail);
      result.high[i] = quantile(column, kTail);
    }
  }
  if (bound > 0 && draws.empty()) {
    result.covariance.clear();
    result.reason = fmt::format("n too small: {} shapes for a bootstrap at the bound, {} needed",
                                groups.size(), kGroupsMin);
  }
  return result;
}

}  // namespace ergon
