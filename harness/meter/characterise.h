#pragma once

#include <cstdint>
#include <string>

#include "harness/clock.h"
#include "harness/meter/meter.h"

namespace ergon {

// A load that can be switched: all of it or none. Each call returns when it is so.
class SwitchedLoad {
 public:
  virtual ~SwitchedLoad() = default;
  virtual void on() = 0;
  virtual void off() = 0;
};

// A number found, and its standard uncertainty (k = 1); NaN where it could not be found.
struct Found {
  double value, uncertainty;
};

// How one energy or power channel comes by its numbers, found by reading it under a known load.
// Times in seconds, quantum in J or W.
struct Characterisation {
  std::string channel;
  Measure measure = Measure::energy;
  Source source = Source::measured;
  Found period;                  // T: from one new number to the next
  Found jitter;                  // median absolute deviation of that
  Found latency, latency_p99;    // of a read: median and 99th percentile
  Found quantum;                 // greatest common divisor of the steps seen
  Found window;                  // W: each number is the mean power of this long
  Found lag;                     // and ends this long before the number comes
  Found duty_cycle;              // W / T
  bool window_is_bound = false;  // W / T < 0.23: window and duty cycle are upper bounds
  bool duty_cycled = false;      // W / T < 0.9: load that repeats near T or T / 2 is misread
  double residual = 0;           // of the response, as a share of the swing; large: no mean of W
  std::int64_t reads = 0, stale_reads = 0, errors = 0;  // stale: nothing new since the last
  std::int64_t updates = 0, updates_missed = 0;         // missed: unseen, or equal to the last
  Seconds elapsed;                                      // what finding it took
  std::string verdict;                                  // one line of text; why, where it is NaN
  [[nodiscard]] bool responds() const;                  // period, window and lag were found
};

// Reads the channel of `meter` while the load goes on and off at random, and fits. Takes at most
// the longer of 60 s and 100 x max(T, W) by `clock`; leaves the load off. The same seed gives the
// same order of switches. Values do not depend on the channel's own update period, window or lag.
[[nodiscard]] Characterisation characterise(Clock& clock, Meter& meter, std::size_t channel,
                                            SwitchedLoad& load, std::uint64_t seed);

}  // namespace ergon
