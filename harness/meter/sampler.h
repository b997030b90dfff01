#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "harness/meter/meter.h"
#include "harness/meter/sampling_cost.h"
#include "harness/meter/tracer.h"

namespace ergon {

// All channels at one moment, which is an update of the primary channel. The vectors have one
// entry per channel.
struct Edge {
  std::int64_t time_ns = 0;   // steady clock: midpoint of the last old and the first new reading
  std::int64_t slack_ns = 0;  // half the distance of the two: the moment is known to +- this
  std::vector<std::uint64_t> raw;     // as the source gave it
  std::vector<Joules> energy;         // since the sampler started, unwrapped or integrated; NaN
                                      // for what is neither energy nor power
  std::vector<std::uint32_t> faults;  // WindowFault bits seen since the edge before
  std::vector<ChannelTrace> traces;   // what was seen since the edge before
};

// Reads meters, unwraps counters and stamps edges. The runner asks for an edge and goes on
// launching; who reads, and in which time, is the implementation's: a thread and the steady clock,
// or virtual time in a simulation.
class Sampler {
 public:
  virtual ~Sampler() = default;
  [[nodiscard]] virtual std::span<const Channel> channels() const = 0;
  // Index of the channel that a record's energy is of, whose updates are the edges; where it is a
  // sum of packages, it is the last channel, and the updates are the first package's. -1 where
  // there are no channels at all: then an edge is the moment it was asked for.
  [[nodiscard]] virtual int primary() const = 0;
  // Asks for the first edge from `from_ns` of the steady clock on, or from now on where that is
  // past; while one is asked for, asking again changes nothing. Asked for ahead of time, an edge
  // falls anywhere in a launch, however long one takes.
  virtual void request_edge(std::int64_t from_ns) = 0;
  // True once the edge asked for is there, and then fills `edge`. An edge comes in any case: one
  // that the counter did not give within three periods carries kStaleCounter.
  [[nodiscard]] virtual bool take_edge(Edge& edge) = 0;
  // What sampling cost since it began: the readings up to the last edge, the CPU time up to now.
  [[nodiscard]] virtual SamplingCost cost() { return {}; }
};

struct SamplingPeriods;  // edge_finder.h

// Samples in a thread of its own, which allocates nothing once it runs. The thread wakes at edges,
// and often enough that no counter can wrap twice and power channels are integrated at their own
// rate. The primary channel is the first energy or power channel of the first meter that has one,
// or the sum of packages that it is one of (package_sum.h). `free_cpu`: a CPU that no measured
// thread uses, for the thread to stay on; -1 where there is none: then it wakes for power channels
// at 10 Hz at most, and for counters of energy at edges and before they wrap, to leave the load
// alone. Else it reads power at 200 Hz at most and counters of energy at 10 Hz. `primary`: the name
// of another channel that is to be the primary one.
[[nodiscard]] std::unique_ptr<Sampler> start_sampler(std::vector<std::unique_ptr<Meter>> meters,
                                                     int free_cpu, std::string_view primary = "");
// The same with other periods.
[[nodiscard]] std::unique_ptr<Sampler> start_sampler(std::vector<std::unique_ptr<Meter>> meters,
                                                     int free_cpu, const SamplingPeriods& periods,
                                                     std::string_view primary = "");

}  // namespace ergon
