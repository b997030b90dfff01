#pragma once

namespace ergon {

[[nodiscard]] constexpr double squared(double x) { return x * x; }

// How much a number varies: a variance, and how well it is known, in degrees of freedom. Freedom 0:
// not known at all.
struct Variation {
  double variance = 0, freedom = 0;
};

inline constexpr double kFreedomKnown = 1e6;  // of what is taken as known

// A sum of independent numbers' variances, with the freedom that Welch and Satterthwaite give it.
class VariationSum {
 public:
  // Of freedom 0 the variance counts, and says nothing of how well the sum is known.
  void add(const Variation& part) {
    variance_ += part.variance;
    if (part.freedom > 0) squares_ += squared(part.variance) / part.freedom;
  }
  // Variance and freedom; kFreedomKnown where no part says anything.
  [[nodiscard]] Variation value() const {
    return {variance_, squares_ > 0 ? squared(variance_) / squares_ : kFreedomKnown};
  }

 private:
  double variance_ = 0, squares_ = 0;
};

}  // namespace ergon
