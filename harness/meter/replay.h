#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/meter/external_trace.h"
#include "harness/meter/meter.h"
#include "harness/record/results.h"

namespace ergon {

// What one channel showed, once: raw counts at moments of its own clock.
struct Recording {
  Channel channel;
  std::vector<std::int64_t> time_ns;  // increasing
  std::vector<std::uint64_t> raw;
};

// The edges of a run's windows and idle stretches, per energy or power channel of the run that has
// two readings or more.
[[nodiscard]] std::vector<Recording> recordings(const Results& results, int run);
// An external trace in counts of 1e-6 W or J; its source is `imported`.
[[nodiscard]] Recording recording(const Trace& trace);

// A meter that shows recordings again, from the first moment of them on, which is when it is made.
// A channel keeps the source and the gain of what it replays, and says `replayed` in its name and
// note: its joules are of the earlier run, not of what runs now. Between two moments it shows the
// earlier one; after the last, ENODATA.
[[nodiscard]] std::unique_ptr<Meter> make_replay(std::vector<Recording> recordings,
                                                 const std::string& from, Clock& clock);

}  // namespace ergon
