#include "analysis/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kernels/error.h"

namespace ergon {

namespace {

// Continued fraction of the incomplete beta function by Lentz's method: Press et al., "Numerical
// Recipes", 3rd edition, section 6.4.
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double h = d;
  for (int m = 1; m <= 300; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    h *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return h;
}

// Regularised incomplete beta function.
double beta_regularised(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

}  // namespace

double student_t_cdf(double t, double degrees_of_freedom) {
  return 1 - 0.5 * beta_regularised(degrees_of_freedom / 2, 0.5,
                                    degrees_of_freedom / (degrees_of_freedom + t * t));
}

double student_t_quantile(double probability, double degrees_of_freedom) {
  ERGON_ASSERT(probability > 0.5 && probability < 1 && degrees_of_freedom >= 1);
  double low = 0, high = 1;
  while (student_t_cdf(high, degrees_of_freedom) < probability) high *= 2;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (student_t_cdf(middle, degrees_of_freedom) < probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double quantile(std::vector<double> values, double probability) {
  ERGON_ASSERT(!values.empty());
  const double place = probability * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(below));
  const double low = values[below];
  if (below + 1 == values.size()) return low;
  const double high =
      *std::min_element(values.begin() + static_cast<std::ptrdiff_t>(below) + 1, values.end());
  return low + (place - static_cast<double>(below)) * (high - low);
}

double grouped_conformal_radius(std::span<const double> scores, std::span<const int> groups,
                                double level) {
  ERGON_ASSERT(scores.size() == groups.size());
  struct Scored {
    double score;
    int group;
  };
  std::vector<Scored> sorted;
  sorted.reserve(scores.size());
  std::vector<int> sizes;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto group = static_cast<std::size_t>(groups[i]);
    if (group >= sizes.size()) sizes.resize(group + 1, 0);
    ++sizes[group];
    sorted.push_back({scores[i], groups[i]});
  }
  std::ranges::sort(sorted, {}, &Scored::score);
  const auto count = sizes.size() - static_cast<std::size_t>(std::ranges::count(sizes, 0));
  const double share = 1.0 / (static_cast<double>(count) + 1);  // the new group's is infinite
  double mass = 0;
  for (const Scored& scored : sorted) {
    mass += share / sizes[static_cast<std::size_t>(scored.group)];
    if (mass >= level - 1e-12) return scored.score;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::uint64_t SplitMix::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double SplitMix::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

std::uint64_t SplitMix::below(std::uint64_t bound) {
  return static_cast<std::uint64_t>(uniform() * static_cast<double>(bound));
}

double SplitMix::normal() {  // Box and Muller 1958
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace ergon
