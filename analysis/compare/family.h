#pragma once

#include <cstdint>
#include <vector>

#include "analysis/compare/contrast.h"

namespace ergon {

// An error that several shapes have in common: standard uncertainties (k = 1) of logarithms. What
// changes power (leakage, a sensor's gain) is taken to be independent of what changes time
// (clocks), so that energy has both.
struct SharedError {
  double u_power = 0, u_time = 0;
};
[[nodiscard]] double variance_of(const SharedError& error, Metric metric);

// What one shape's ratios are uncertain by: shares of shared errors, and of its own.
struct ShapeErrors {
  std::vector<double> shares{};  // one per shared error
  double u_energy = 0, u_time = 0;
  double correlation = 0;             // of its own errors of energy and time
  PerMetric<bool> compared{};         // which of its ratios are judged
  std::vector<std::size_t> groups{};  // whose geometric means it goes into
};

// Two families share the errors that are allowed, half each: so few geometric means as there are
// need less than many shapes do.
enum class TestKind : std::uint8_t { shape, mean };

// Every test of one comparison together. Many tests share their largest errors, so that Bonferroni
// would ask too much: instead the largest of all normal deviates is drawn with the errors as they
// are shared (single-step maximum: Westfall and Young 1993; Hothorn, Bretz and Westfall 2008).
class TestFamily {
 public:
  // `groups`: how many geometric means there are. Draws come from a fixed seed.
  TestFamily(const std::vector<SharedError>& shared, const std::vector<ShapeErrors>& shapes,
             std::size_t groups);

  // The normal deviate that none of the tests of this kind exceeds but in a share `missed` / 2 of
  // comparisons between equals.
  [[nodiscard]] double critical(TestKind kind, double missed) const;
  // Of a test's |t| at its degrees of freedom: twice the share in which any of its kind exceeds it.
  [[nodiscard]] double p(TestKind kind, double t, double freedom) const;

 private:
  std::vector<double> shapes_, means_;  // the largest of each draw, sorted
};

// What |t| corresponds to a normal deviate at these degrees of freedom, by equal probability.
[[nodiscard]] double student_of_normal(double normal, double freedom);

}  // namespace ergon
