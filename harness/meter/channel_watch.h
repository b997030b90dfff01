#pragma once

#include <cstdint>
#include <vector>

#include "harness/clock.h"
#include "harness/meter/characterise.h"
#include "harness/meter/response_fit.h"
#include "harness/simulate/random.h"

namespace ergon {

// One change of a channel's number.
struct ChannelUpdate {
  double time_s = 0;      // since the watch began: midpoint of the last old and first new reading
  double slack_s = 0;     // half the distance of the two
  double interval_s = 0;  // since the update before; 0: there is none, or reads failed since
  double value = 0;       // power in W, or an energy counter's step in J
  std::int64_t step = 0;  // in counts
};

// Reads one channel over and over while it switches a load on and off, and keeps what it saw.
class ChannelWatch {
 public:
  // Borrows all three for its life.
  ChannelWatch(Clock& clock, Meter& meter, std::size_t channel, SwitchedLoad& load,
               std::uint64_t seed);

  // The load keeps each state for a time drawn evenly in its logarithm between these.
  struct Dwell {
    double min_s, max_s;
  };
  void set_dwell(const Dwell& dwell) { dwell_ = dwell; }
  // The distance of two reads, if a read does not take longer.
  void set_poll(double poll_s) { poll_s_ = poll_s; }
  // Goes on for one poll, switching where that is due.
  void poll();
  void finish();  // the load is off

  [[nodiscard]] double elapsed_s();
  [[nodiscard]] const std::vector<ChannelUpdate>& updates() const { return updates_; }
  [[nodiscard]] const std::vector<double>& switches_s() const { return switches_s_; }
  [[nodiscard]] const std::vector<double>& latencies_s() const { return latencies_s_; }
  [[nodiscard]] std::int64_t reads() const { return reads_; }
  [[nodiscard]] std::int64_t errors() const { return errors_; }
  [[nodiscard]] int last_error() const { return last_error_; }  // errno, or 0

 private:
  void read();
  void note_update(std::uint64_t raw, double seen_s);
  void switch_load();
  [[nodiscard]] std::int64_t step_to(std::uint64_t raw) const;

  Clock& clock_;
  Meter& meter_;
  const Channel& channel_;
  std::size_t index_;
  SwitchedLoad& load_;
  Random random_;
  std::int64_t origin_ns_;
  std::vector<Reading> readings_;
  Dwell dwell_{2e-3, 0.2};
  double poll_s_ = 50e-6;
  double next_switch_s_ = 0;
  bool on_ = false;
  bool started_ = false;     // raw_ and read_s_ are of a read that did not fail
  bool continuous_ = false;  // nothing failed since the last update
  std::uint64_t raw_ = 0;
  double read_s_ = 0;
  std::vector<ChannelUpdate> updates_;
  std::vector<double> switches_s_, latencies_s_;
  std::int64_t reads_ = 0, errors_ = 0;
  int last_error_ = 0;
};

}  // namespace ergon
