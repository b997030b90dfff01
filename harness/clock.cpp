#include "harness/clock.h"

#include <time.h>

#include <cerrno>
#include <chrono>

namespace ergon {
namespace {

class SteadyClock final : public Clock {
 public:
  std::int64_t now_ns() noexcept override {
    return std::chrono::steady_clock::now().time_since_epoch().count();
  }

  void wait_until(std::int64_t time_ns) override {
    const timespec until{static_cast<time_t>(time_ns / 1'000'000'000), time_ns % 1'000'000'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) continue;
  }
};

}  // namespace

Clock& steady_clock() {
  static SteadyClock clock;  // has no state: the one of the machine
  return clock;
}

}  // namespace ergon
