#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/meter/channel.h"
#include "harness/record/record.h"

namespace ergon {

// Holds channels of a run that must agree against each other, over windows.
//
// Two count the same energy where they are of one place through two meters (perf/package-0 and
// msr/package-0), or a counter and the power of one sensor, which the sampler integrates
// (nvml/gpu-0 and nvml/gpu-0/power). A channel must count no less than all its parts that have
// channels (a platform its packages and their memory). Beyond 3 % and what the edges of the two
// explain (k = 2) they disagree. That is kept and told, and spoils no window: which of the two is
// off is not known here, and the primary channel's number is what it was.
class CrossChecks {
 public:
  explicit CrossChecks(std::span<const Channel> channels);

  // What the channels said over one window, in pairs. A mean over more than a quarter of the window
  // is not compared: it still shows what was before.
  [[nodiscard]] std::vector<CrossCheck> of(const Window& window) const;

 private:
  struct Pair {
    int channel = 0;
    int other = -1;  // -1: all of `parts`
    std::vector<int> parts = {};
    Seconds averaging_window;  // the longest of the two
  };
  void add_pairs(std::span<const Channel> channels);
  void add_wholes(std::span<const Channel> channels);

  std::vector<Pair> pairs_;
};

// What the checks of many windows come to, for two channels or one and its parts.
struct Disagreement {
  int channel = 0, other = -1;
  std::int64_t windows = 0, disagreeing = 0;  // windows that count
  double ratio_worst = 1;                     // the one farthest from 1
};

// Adds the checks of a record's windows that count to `all`, a Disagreement for each pair.
void count_disagreements(const Record& record, std::vector<Disagreement>& all);

}  // namespace ergon
