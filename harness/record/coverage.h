#pragma once

namespace ergon {

// An error made of a part that scatters, whose standard deviation was estimated, and of two that
// are systematic: uniform within a half-range about zero.
struct ErrorParts {
  double deviation = 0;  // estimated; 0 where nothing scattered
  double freedom = 0;    // degrees of freedom behind it
  double range_a = 0, range_b = 0;
};

// Half of the interval that holds 95 % of the sum: the exact quantile of a normal and two uniform
// variables, widened from a normal's 1.96 to Student's t of the degrees of freedom that Welch and
// Satterthwaite give the whole (JCGM 100, GUM, annex G; JCGM 101 on why a uniform part is no normal
// one). Where a systematic part is most of it, a few windows' scatter widens it by little.
[[nodiscard]] double half_width_95(const ErrorParts& parts);

}  // namespace ergon
