#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "harness/clock.h"
#include "harness/meter/accumulator.h"
#include "harness/meter/package_sum.h"
#include "harness/meter/sampler.h"
#include "harness/meter/tracer.h"

namespace ergon {

// How often a meter is read while no edge is sought.
struct SamplingPeriods {
  Seconds power;       // channels of power: no more often than this, nor than they have new numbers
  Seconds energy{10};  // counters of energy: at least so often, for a trace of their power
};

// What a sampler does, apart from who does it when: reads the meters at the times that next_ns()
// gives, unwraps and integrates, and finds updates of the primary channel; where that is a sum of
// packages, of the first package. A thread drives it by the steady clock, a simulation by a virtual
// one. Allocates in its constructor only.
class EdgeFinder {
 public:
  // `primary`: the name of the channel whose updates are the edges; empty, or of no channel of
  // energy or power: the first of those.
  EdgeFinder(std::vector<std::unique_ptr<Meter>> meters, const SamplingPeriods& periods,
             std::string_view primary = "");

  [[nodiscard]] std::span<const Channel> channels() const { return channels_; }
  // The sum of packages where the channel whose updates are the edges is one of several.
  [[nodiscard]] int primary() const { return sum_ ? static_cast<int>(readings_.size()) : aligned_; }

  // Wants the first edge from `from_ns` on. step() then looks for it.
  void seek(std::int64_t from_ns);
  [[nodiscard]] bool seeking() const { return seeking_; }
  // When step() is due: the next look at the primary channel while it seeks, else the next reading
  // that keeps wraps and integrals right.
  [[nodiscard]] std::int64_t next_ns() const;
  // Reads what is due at clock.now_ns(); true where that found the edge sought.
  bool step(Clock& clock);
  // The edge found last.
  [[nodiscard]] const Edge& edge() const { return edge_; }
  // Of each channel, up to the edge found last; `totals` has room for all.
  void copy_totals(std::span<ChannelTotals> totals) const;

 private:
  struct Part {  // one meter and the place of its channels
    std::unique_ptr<Meter> meter;
    std::size_t first = 0, count = 0;
    std::int64_t period_ns = 0;  // between readings that no edge asks for
    std::int64_t wake_ns = 0;    // the next of them
    std::int64_t reads = 0, read_ns = 0;
    std::int64_t begin_ns = 0;  // what its counters have counted since
  };
  struct Span {  // a reading of one meter happened between the two
    std::int64_t begin_ns = 0, end_ns = 0;
  };

  Span read(Part& part, Clock& clock);
  void read_due(Clock& clock);
  void put_off(std::int64_t now_ns);
  bool look(Clock& clock);
  bool finish(std::int64_t time_ns, std::int64_t slack_ns, Clock& clock);
  void trace_sum(std::int64_t time_ns, std::uint32_t faults);
  void sum_edge();

  std::vector<Part> parts_;
  std::vector<Channel> channels_;  // of the meters in their order, then the sum
  std::optional<PackageSum> sum_;
  std::vector<Accumulator> accumulators_;
  std::vector<Tracer> tracers_;  // of channels_
  std::vector<Reading> readings_;
  std::vector<std::uint32_t> faults_;
  int aligned_ = -1;  // the channel whose updates are the edges
  std::size_t aligned_part_ = 0;
  std::int64_t wake_ns_ = 0;  // the next reading of any part
  bool seeking_ = false;
  bool looked_ = false;  // old_ is a reading of this seek
  Reading old_;          // the aligned channel before its update
  Span old_span_;
  std::int64_t look_ns_ = 0;     // the next look
  std::int64_t give_up_ns_ = 0;  // three update periods after the first look
  Edge edge_;
};

}  // namespace ergon
