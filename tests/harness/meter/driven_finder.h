#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "harness/meter/edge_finder.h"

namespace ergon {

// Channels whose raw numbers are functions of the clock's time.
class FunctionMeter final : public Meter {
 public:
  using Function = Reading (*)(std::int64_t now_ns);
  FunctionMeter(Clock& clock, int* reads) : clock_(clock), reads_(reads) {}
  void add(Channel channel, Function function) {
    channels_.push_back(std::move(channel));
    functions_.push_back(function);
  }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> readings) noexcept override {
    ++*reads_;
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      readings[i] = functions_[i](clock_.now_ns());
    }
  }

 private:
  Clock& clock_;
  int* reads_;
  std::vector<Channel> channels_;
  std::vector<Function> functions_;
};

// A finder of edges on a virtual clock.
struct Driven {
  VirtualClock clock;
  int reads = 0;
  std::vector<std::unique_ptr<Meter>> meters;

  FunctionMeter& add_meter() {
    auto meter = std::make_unique<FunctionMeter>(clock, &reads);
    FunctionMeter& made = *meter;
    meters.push_back(std::move(meter));
    return made;
  }
  EdgeFinder finder(const SamplingPeriods& periods = {.power = {0.005}}) {
    return {std::move(meters), periods};
  }
  // Steps until the edge sought is there; false after `steps_max`.
  bool find(EdgeFinder& finder, int steps_max = 10'000) {
    for (int i = 0; i < steps_max; ++i) {
      clock.wait_until(finder.next_ns());
      if (finder.step(clock)) return true;
    }
    return false;
  }
};

}  // namespace ergon
