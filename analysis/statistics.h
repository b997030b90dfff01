#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ergon {

// P(T <= t) of Student's t; t >= 0.
[[nodiscard]] double student_t_cdf(double t, double degrees_of_freedom);

// Quantile of Student's t: the x with P(T <= x) = probability; probability in (0.5, 1), dof >= 1.
[[nodiscard]] double student_t_quantile(double probability, double degrees_of_freedom);

// Linear between order statistics (Hyndman and Fan 1996, type 7); `values` must not be empty.
[[nodiscard]] double quantile(std::vector<double> values, double probability);

// Half-width that holds a new group's value with probability `level`. Groups are exchangeable, a
// group's values weigh 1/size each: Lee, Barber, Willett, "Distribution-free inference with
// hierarchical data", 2023, section 3. NaN where there are fewer than level / (1 - level) groups.
[[nodiscard]] double grouped_conformal_radius(std::span<const double> scores,
                                              std::span<const int> groups, double level);

// Random numbers that are the same with every compiler and library: splitmix64 (Steele, Lea,
// Flood, OOPSLA 2014).
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  [[nodiscard]] double uniform();                          // [0, 1)
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);  // 0 .. bound - 1
  [[nodiscard]] double normal();                           // mean 0, variance 1

 private:
  std::uint64_t state_;
};

}  // namespace ergon
