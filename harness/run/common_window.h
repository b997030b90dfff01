#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/comm/clock_offset.h"
#include "harness/record/results.h"

namespace ergon {

// A stretch of time on one clock.
struct TimeSpan {
  std::int64_t begin_ns = 0, end_ns = 0;
  [[nodiscard]] std::int64_t length_ns() const { return end_ns - begin_ns; }
};

// What all have in common; of no length where they have nothing. Needs one at least.
[[nodiscard]] TimeSpan common_span(std::span<const TimeSpan> spans);

// The energies of one stretch as those of `common`, a part of it, by their mean power: gross and
// its uncertainty shrink with the length. Raw counts stay what they were. NaN where `common` has no
// length.
[[nodiscard]] std::vector<ChannelEnergy> energy_within(std::vector<ChannelEnergy> energies,
                                                       const TimeSpan& own, const TimeSpan& common);

// One node of those that run a point at once, and its place among the channels of the run.
struct LoadedNode {
  int node = 0;
  std::string host;
  int ranks = 1;
  int first_channel = 0;   // of its channels among the run's
  int primary = -1;        // of them, among the run's; -1: none
  ClockOffset clock = {};  // of its steady clock against the run's
  Seconds barrier_wait = {kNotKnown};
};

// What a node's leader measured of a window, on its own clock, and the launches of its ranks within
// what all nodes have in common.
struct LoadedPart {
  LoadedNode node;
  Window window;
  double launches = 0;
};

// A window's span on the clock of the run.
[[nodiscard]] TimeSpan span_of(const LoadedNode& node, const Window& window);

// The window that the nodes have in common: energies of the nodes' channels within it, and of
// channel 0, which is the sum of the nodes' primary ones (-1 as `sum`: nothing is summed); the
// launches of all ranks; every fault of any. kTooFewUpdates where it is less than half as long as
// the longest of the parts: then most of an energy was cut away.
[[nodiscard]] Window combine_windows(std::span<const LoadedPart> parts, int sum);

// The same for idle stretches. Where the nodes' have nothing in common, as where one cooled for
// longer, it is as long and late as the first node's: idle power does not need to be of one moment.
[[nodiscard]] IdleStretch combine_idle(std::span<const LoadedPart> parts, int sum);

// Counts of several ranks as those of all: sums; means of the clock and of shares.
[[nodiscard]] Activity combine_activities(std::span<const Activity> activities);

// The channels of the nodes as those of one run: channel 0 is the sum of their primary ones, whose
// domain says of how many nodes and ranks, so that energies of other numbers of them never meet in
// one fit. `nodes` get their places. Without a sum, and with the reason in `unmeasured`, where a
// node is not metered or where the sources of two differ.
[[nodiscard]] std::vector<Channel> combine_channels(std::span<const RunInfo> runs,
                                                    std::vector<LoadedNode>& nodes,
                                                    std::string& unmeasured);

}  // namespace ergon
