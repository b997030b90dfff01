#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/problem.h"

namespace ergon {

// What a law leaves, as a smooth factor over shapes: exp of a sum of bumps weight / (1 + d^2), d
// the distance to a centre in units of `length`, all axes in octaves (log2 of the extents). It is
// bounded, and used inside the hull of the data only: between measured shapes it interpolates, and
// beyond them it knows nothing.
struct Correction {
  double length = 1;              // octaves
  double bound = 0;               // of the logarithm, either way
  int axes = 0;                   // numbers per centre, in the primitive's order
  std::vector<double> centres{};  // axis by axis, a number per weight each
  std::vector<double> weights{};
  [[nodiscard]] bool empty() const { return weights.empty(); }
  // The factor, above 0; `place`: log2 of each extent.
  [[nodiscard]] double factor(std::span<const double> place) const noexcept;
  // Of up to kBatch places at once, axis by axis, kBatch numbers each; those beyond `factors` count
  // for nothing but must be finite.
  static constexpr std::size_t kBatch = 64;
  void factors(std::span<const double> places, std::span<double> factors) const noexcept;
};

// log2 of the extents of a problem, one per axis.
void put_place(const Problem& problem, std::span<double> out) noexcept;

// Residuals to smooth: one per shape, the logarithm of measured over predicted.
struct Residuals {
  int axes = 0;
  std::span<const double> places{};  // row-major, one row per shape
  std::span<const double> values{};
};

// How smooth: the length of a bump, and the variance of noise per shape relative to the surface's.
struct Smoothness {
  double length = 1, noise = 1;
};
// The grid that cross-validation chooses from.
[[nodiscard]] std::span<const Smoothness> smoothness_grid();

// Bumps enough to follow a surface that varies over octaves, few enough that a prediction with them
// takes a fifth of a microsecond.
inline constexpr int kCentresMax = 128;

// Ridge regression on rational quadratic bumps: the mean of a Gaussian process with a subset of
// regressors. Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, sections
// 4.2.1 and 8.3.1. Centres are shapes, each the farthest from those before it.
[[nodiscard]] Correction fit_correction(const Residuals& residuals, const Smoothness& smoothness);

}  // namespace ergon
