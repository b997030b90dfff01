#pragma once

#include <cstdint>

namespace ergon {

// The time a measurement lives in: the steady clock, or virtual time in a simulation.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t now_ns() noexcept = 0;
  // Returns at or after `time_ns`.
  virtual void wait_until(std::int64_t time_ns) = 0;
};

[[nodiscard]] Clock& steady_clock();

// Time that passes only when told to, so that hours of measuring take a second.
class VirtualClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() noexcept override { return now_ns_; }
  void wait_until(std::int64_t time_ns) override {
    if (time_ns > now_ns_) now_ns_ = time_ns;
  }
  void advance(std::int64_t by_ns) { now_ns_ += by_ns; }

 private:
  std::int64_t now_ns_ = 0;
};

}  // namespace ergon
