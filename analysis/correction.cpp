#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Dense>

#include "analysis/correction.h"
#include "kernels/error.h"

namespace ergon {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr Smoothness kGrid[] = {{1, 0.1},  {1, 1},   {2, 0.03}, {2, 0.3},
                                {4, 0.01}, {4, 0.1}, {8, 0.01}, {8, 0.1}};

double square_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// Indices of shapes, each the farthest from those before it; the first is the first shape.
std::vector<std::size_t> spread(const Residuals& residuals) {
  const auto axes = static_cast<std::size_t>(residuals.axes);
  const std::size_t shapes = residuals.values.size();
  const auto place = [&](std::size_t i) { return residuals.places.subspan(i * axes, axes); };
  std::vector<double> nearest(shapes, std::numeric_limits<double>::infinity());
  std::vector<std::size_t> chosen = {0};
  while (chosen.size() < std::min<std::size_t>(shapes, kCentresMax)) {
    for (std::size_t i = 0; i < shapes; ++i) {
      nearest[i] = std::min(nearest[i], square_distance(place(i), place(chosen.back())));
    }
    const auto farthest = std::ranges::max_element(nearest) - nearest.begin();
    if (nearest[static_cast<std::size_t>(farthest)] <= 0) break;
    chosen.push_back(static_cast<std::size_t>(farthest));
  }
  return chosen;
}

double bump(std::span<const double> a, std::span<const double> b, double length) {
  return 1 / (1 + square_distance(a, b) / (length * length));
}

}  // namespace

std::span<const Smoothness> smoothness_grid() { return kGrid; }

Correction fit_correction(const Residuals& residuals, const Smoothness& smoothness) {
  const auto axes = static_cast<std::size_t>(residuals.axes);
  const std::size_t shapes = residuals.values.size();
  ERGON_ASSERT(shapes > 0 && residuals.places.size() == shapes * axes);
  const auto place = [&](std::size_t i) { return residuals.places.subspan(i * axes, axes); };
  const std::vector<std::size_t> chosen = spread(residuals);
  Correction correction{.length = smoothness.length, .axes = residuals.axes};
  for (std::size_t a = 0; a < axes; ++a) {
    for (const std::size_t c : chosen) correction.centres.push_back(place(c)[a]);
  }
  const auto centres = static_cast<Eigen::Index>(chosen.size());
  Matrix all(static_cast<Eigen::Index>(shapes), centres);
  for (Eigen::Index i = 0; i < all.rows(); ++i) {
    for (Eigen::Index c = 0; c < centres; ++c) {
      all(i, c) = bump(place(static_cast<std::size_t>(i)),
                       place(chosen[static_cast<std::size_t>(c)]), smoothness.length);
    }
  }
  Matrix among(centres, centres);
  for (Eigen::Index c = 0; c < centres; ++c) {
    among.row(c) = all.row(static_cast<Eigen::Index>(chosen[static_cast<std::size_t>(c)]));
  }
  const Eigen::Map<const Vector> values(residuals.values.data(), all.rows());
  Matrix system = all.transpose() * all + smoothness.noise * among;
  // Bumps much longer than their spacing are nearly dependent; this is far below the noise.
  system.diagonal().array() += 1e-8 * system.diagonal().maxCoeff();
  const Vector weights = system.ldlt().solve(all.transpose() * values);
  correction.weights.assign(weights.data(), weights.data() + weights.size());
  for (const double value : residuals.values) {
    correction.bound = std::max(correction.bound, std::abs(value));
  }
  return correction;
}

}  // namespace ergon
