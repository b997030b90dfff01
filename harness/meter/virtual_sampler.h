#pragma once

#include <memory>
#include <vector>

#include "harness/meter/edge_finder.h"

namespace ergon {

// A sampler in virtual time: whenever it is called it does what the sampling thread would have
// done since, by the same EdgeFinder, so that what is proven in virtual time is the code that
// measures. A look takes no virtual time.
class VirtualSampler final : public Sampler {
 public:
  // Borrows both clocks. `clock` is the load's. The meters read by `meter_clock`
  // (MeterSite::clock), which trails it: it is set to the time of each reading.
  VirtualSampler(VirtualClock& clock, VirtualClock& meter_clock,
                 std::vector<std::unique_ptr<Meter>> meters, Seconds power_period_min);

  [[nodiscard]] std::span<const Channel> channels() const override { return finder_.channels(); }
  [[nodiscard]] int primary() const override { return finder_.primary(); }
  void request_edge(std::int64_t from_ns) override;
  [[nodiscard]] bool take_edge(Edge& edge) override;

 private:
  void catch_up();

  VirtualClock& clock_;
  VirtualClock& meter_clock_;
  EdgeFinder finder_;
  bool found_ = false;
};

}  // namespace ergon
