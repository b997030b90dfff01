#include "harness/comm/clock_offset.h"

#include <algorithm>

#include "kernels/error.h"

namespace ergon {

ClockOffset clock_offset(std::span<const PingPong> questions) {
  ERGON_ASSERT(!questions.empty());
  const auto round_trip = [](const PingPong& one) { return one.received_ns - one.sent_ns; };
  const PingPong& best = *std::ranges::min_element(questions, {}, round_trip);
  const std::int64_t trip_ns = round_trip(best);
  return {.offset_ns = best.remote_ns - best.sent_ns - trip_ns / 2, .bound_ns = (trip_ns + 1) / 2};
}

}  // namespace ergon
