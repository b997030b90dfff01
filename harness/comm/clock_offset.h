#pragma once

#include <cstdint>
#include <span>

namespace ergon {

// One question about the time: sent and received on one's own clock, answered on the other's, ns.
struct PingPong {
  std::int64_t sent_ns = 0, remote_ns = 0, received_ns = 0;
};

// Another node's clock less one's own, known to +- the bound whatever the network did.
struct ClockOffset {
  std::int64_t offset_ns = 0, bound_ns = 0;
  [[nodiscard]] std::int64_t to_remote(std::int64_t own_ns) const { return own_ns + offset_ns; }
  [[nodiscard]] std::int64_t to_own(std::int64_t remote_ns) const { return remote_ns - offset_ns; }
};

// From the question that came back soonest: the answer was given somewhere between sending and
// receiving, so the middle is off by half of that at most. Cristian 1989, "Probabilistic clock
// synchronization". Needs one question at least.
[[nodiscard]] ClockOffset clock_offset(std::span<const PingPong> questions);

}  // namespace ergon
