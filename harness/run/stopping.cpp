#include "harness/run/stopping.h"

#include <cmath>
#include <limits>

#include "harness/record/launch_intervals.h"
#include "harness/record/student.h"

namespace ergon {
namespace {

// Quantile 0.95 of chi-squared over its degrees of freedom: Wilson & Hilferty 1931.
double chi_squared_95(double freedom) {
  const double share = 2 / (9 * freedom);
  return std::pow(1 - share + 1.644854 * std::sqrt(share), 3);
}

}  // namespace

Stopping::Stopping(const Protocol& protocol)
    : windows_min_(protocol.windows_min),
      windows_max_(protocol.windows_max),
      half_width_max_(protocol.half_width_max) {}

void Stopping::add(double value) {
  ++count_;
  const double from_mean = value - mean_;
  mean_ += from_mean / count_;
  squares_ += from_mean * (value - mean_);
}

bool Stopping::reached() const {
  return count_ >= windows_min_ && half_width_relative() <= half_width_max_;
}

bool Stopping::out_of_reach() const {
  if (count_ < 2 * windows_min_ || count_ >= windows_max_) return false;
  const double freedom = count_ - 1;
  const double deviation_least = std::sqrt(squares_ / freedom / chi_squared_95(freedom));
  const double t = kSequentialFactor * student_t_975(windows_max_ - 1);
  return t * deviation_least / std::sqrt(windows_max_) > half_width_max_ * std::abs(mean_);
}

double Stopping::half_width_relative() const {
  if (count_ < 2) return std::numeric_limits<double>::infinity();
  const double error = std::sqrt(squares_ / (count_ - 1) / count_);
  return kSequentialFactor * student_t_975(count_ - 1) * error / std::abs(mean_);
}

}  // namespace ergon
