#pragma once

#include "harness/config/protocol.h"

namespace ergon {

// Says when windows enough are measured: the protocol's least number, and a 95 % interval of their
// mean that is narrow enough (kSequentialFactor of launch_intervals.h widens it, since the rule
// prefers to stop where the windows happen to agree); or when the noise has settled above that:
// after twice the least number, if the windows that remain would not reach the width wanted even
// with the least noise that is 95 % likely from those seen (chi-squared).
class Stopping {
 public:
  explicit Stopping(const Protocol& protocol);
  // One valid window's number: J per launch, or s per launch where nothing is metered.
  void add(double value);
  [[nodiscard]] bool done() const { return reached() || out_of_reach(); }
  [[nodiscard]] bool reached() const;
  [[nodiscard]] bool out_of_reach() const;
  // Half the width of the interval over the mean; infinite below two values.
  [[nodiscard]] double half_width_relative() const;
  [[nodiscard]] int count() const { return count_; }

 private:
  int windows_min_, windows_max_;
  double half_width_max_;
  int count_ = 0;
  double mean_ = 0, squares_ = 0;  // Welford 1962
};

}  // namespace ergon
