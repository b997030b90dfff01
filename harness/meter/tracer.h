#pragma once

#include <cstdint>
#include <limits>

#include "harness/meter/meter.h"
#include "harness/units.h"

namespace ergon {

// What one channel showed between two edges, in its unit; of a counter of energy: the power between
// its readings. NaN where nothing was read.
struct ChannelTrace {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double begin = kNone, end = kNone;  // first and last reading
  double min = kNone, max = kNone;
  double mean = kNone;      // over time
  std::uint64_t flags = 0;  // every bit that a channel of flags showed
  Seconds gap{kNone};       // the longest time that one of the values is of, or between two
};

// Follows the readings of one channel. Counters of energy give a power for each stretch of 0.1 s
// and ten update periods at least: one that is read without looking for its update is an update
// off, which would be a tenth of that power at most. Allocates nothing.
class Tracer {
 public:
  explicit Tracer(const Channel& channel);

  // The next reading, made at `time_ns`, after which the channel's energy since the start is
  // `energy`. A reading that failed, or a step that is no energy, begins a new stretch.
  void add(const Reading& reading, std::int64_t time_ns, Joules energy,
           std::uint32_t faults) noexcept;

  // What was seen since the call before, and from its last reading on.
  [[nodiscard]] ChannelTrace take() noexcept;

 private:
  void add_energy(std::int64_t time_ns, double joules) noexcept;
  void add_value(std::int64_t time_ns, double value) noexcept;
  void widen(double value, double gap_s) noexcept;

  struct Moment {
    std::int64_t time_ns = 0;
    double value = 0;  // of a counter of energy the J since the start
  };

  Measure measure_;
  double scale_;
  double stretch_min_s_;
  ChannelTrace seen_;
  bool started_ = false;  // last_ is of a reading, and nothing failed since
  Moment last_;
  Moment begin_;             // of the stretch of a counter of energy
  std::uint64_t flags_ = 0;  // of the last reading
  double weighted_ = 0;      // integral of the values over time
  double seconds_ = 0;       // that it is over
};

}  // namespace ergon
