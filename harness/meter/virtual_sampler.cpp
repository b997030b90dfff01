#include "harness/meter/virtual_sampler.h"

#include <algorithm>

namespace ergon {

VirtualSampler::VirtualSampler(VirtualClock& clock, VirtualClock& meter_clock,
                               std::vector<std::unique_ptr<Meter>> meters, Seconds power_period_min)
    : clock_(clock),
      meter_clock_(meter_clock),
      finder_(std::move(meters), {.power = power_period_min}) {
  meter_clock_.wait_until(clock_.now_ns());
  finder_.step(meter_clock_);  // the thread's first reading
}

void VirtualSampler::request_edge(std::int64_t from_ns) {
  if (found_ || finder_.seeking()) return;
  catch_up();
  meter_clock_.wait_until(clock_.now_ns());
  finder_.seek(std::max(from_ns, clock_.now_ns()));
}

bool VirtualSampler::take_edge(Edge& edge) {
  catch_up();
  if (!found_) return false;
  found_ = false;
  edge = finder_.edge();
  return true;
}

void VirtualSampler::catch_up() {
  while (finder_.next_ns() <= clock_.now_ns()) {
    meter_clock_.wait_until(finder_.next_ns());
    if (finder_.step(meter_clock_)) found_ = true;
  }
}

}  // namespace ergon
