#pragma once

#include <string>
#include <vector>

#include "harness/record/results.h"

namespace ergon {

// The idle stretches of a file, ordered by run and time, to take idle power off gross energy.
// Stretches that follow each other, with no window and no longer pause between, are one bracket:
// its power is their mean. A window's idle power is that of the last bracket before it and the
// first after it in the same run, interpolated linearly at the middle of the window.
class IdleBaseline {
 public:
  // Borrows `results.idle` for its life.
  explicit IdleBaseline(const Results& results);

  // NaN where the run has no good stretch of this channel, or gross is NaN; net alone is NaN where
  // idle power changed too much between the brackets (idle_drift.h). `run` is the record's.
  [[nodiscard]] NetEnergy net(int run, const Window& window, const ChannelEnergy& energy) const;

  // The good stretches of the last bracket before `begin_ns` and of the first from `end_ns` on, in
  // the order of time. Borrowed as the constructor borrows them.
  [[nodiscard]] std::vector<const IdleStretch*> around(int run, std::int64_t begin_ns,
                                                       std::int64_t end_ns) const;

  // Why the net energy of a record's windows is not there; empty where it is.
  [[nodiscard]] std::string net_reason(const Record& record, int channel) const;

 private:
  using Bracket = std::vector<const IdleStretch*>;  // good stretches, by begin; not empty

  std::vector<std::vector<Bracket>> runs_;
  std::vector<double> half_widths_;  // that the protocol of each run asks for
};

}  // namespace ergon
