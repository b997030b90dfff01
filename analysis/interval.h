#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/least_squares.h"

namespace ergon {

// A coefficient known from elsewhere: W static of the device block.
struct KnownColumn {
  int column = 0;  // of the Gram matrices
  double value = 0;
  double variance = 0;  // NaN where it is not known
};

// Values, covariance and 90 % intervals of a fit.
struct Estimate {
  std::vector<double> values{};  // one per carrier
  std::vector<bool> at_bound{};
  std::vector<double> covariance{};   // row-major; empty with a reason
  std::vector<double> low{}, high{};  // NaN with a reason
  std::vector<double> sensitivity{};  // d value / d known; zeros where nothing is known
  std::string reason{};               // why there are no intervals: "n too small: ..."
  double residual = 0;                // sum of squared relative residuals
};

struct BootstrapOptions {
  std::uint64_t seed = 1;
  int resamples = 400;
};

// Fits `carriers` to the sum of `groups` (normal equations of one group of rows each; groups are
// what a bootstrap draws). Free coefficients get intervals from Student's t, those at their bound
// from the bootstrap, as then all of the covariance. The uncertainty of `known` (may be null) is
// carried through.
[[nodiscard]] Estimate estimate(std::span<const Gram> groups, std::span<const int> carriers,
                                const KnownColumn* known, const BootstrapOptions& options);

}  // namespace ergon
