#include "harness/record/coverage.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "harness/record/student.h"

namespace ergon {
namespace {

constexpr double kNormal975 = 1.959963984540054;
// A part below this share of another is left to the variance of that, or left out beside it: of a
// 95 % quantile it is less than 1e-3, and the formulas below would cancel.
constexpr double kSmallShare = 0.03;

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }
double normal_pdf(double z) {
  return std::exp(-z * z / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}
// First and second integral of normal_cdf from minus infinity.
double integral(double z) { return z * normal_cdf(z) + normal_pdf(z); }
double second_integral(double z) { return ((z * z + 1) * normal_cdf(z) + z * normal_pdf(z)) / 2; }

// Probability that a normal variable of deviation `s`, plus uniform ones within +-a and +-b, is
// below q.
double probability_below(double q, double s, double a, double b) {
  if (a == 0) return normal_cdf(q / s);
  if (b == 0) return s / (2 * a) * (integral((q + a) / s) - integral((q - a) / s));
  return s * s / (4 * a * b) *
         (second_integral((q + a + b) / s) - second_integral((q + a - b) / s) -
          second_integral((q - a + b) / s) + second_integral((q - a - b) / s));
}

// Of two uniform variables alone: a trapezoid, whose tails beyond a + b - d hold d^2 / (4 a b)
// where they lie on its slopes.
double uniform_quantile(double a, double b) {
  return b >= 0.05 * a ? a + b - std::sqrt(0.2 * a * b) : 0.95 * a;
}

// q with a probability of 95 % between -q and q. Needs a >= b.
double quantile(double s, double a, double b) {
  if (b < kSmallShare * std::max(s, a)) {
    s = std::hypot(s, b / std::sqrt(3.0));
    b = 0;
  }
  if (a < kSmallShare * s) {
    s = std::hypot(s, a / std::sqrt(3.0));
    a = 0;
  }
  if (s < kSmallShare * kSmallShare * a) return uniform_quantile(a, b);
  double low = 0, high = kNormal975 * s + a + b;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (probability_below(middle, s, a, b) < 0.975 ? low : high) = middle;
  }
  return high;
}

}  // namespace

double half_width_95(const ErrorParts& parts) {
  const double s = parts.deviation, a = std::max(parts.range_a, parts.range_b),
               b = std::min(parts.range_a, parts.range_b);
  if (!(s > 0)) return uniform_quantile(a, b);
  const double share = 1 + (a * a + b * b) / (3 * s * s);  // of all variance to the scattering part
  const double freedom = std::min(1e6, parts.freedom * share * share);
  return quantile(s, a, b) * student_t_975(freedom) / kNormal975;
}

}  // namespace ergon
