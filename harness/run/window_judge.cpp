#include "harness/run/window_judge.h"

#include "harness/run/clock_drift.h"
#include "harness/run/window_timing.h"

namespace ergon {

void WindowJudge::add(const Window& window) {
  if (window.invalid == 0) stopping_.add(value_per_launch(window, primary_));
}

std::optional<Stop> WindowJudge::reason_to_stop(std::size_t made, bool in_step,
                                                std::int64_t now_ns) const {
  const auto windows = static_cast<int>(made);
  if (stopping_.reached()) return Stop::narrow;
  if (stopping_.out_of_reach()) return Stop::out_of_reach;
  if (in_step && windows >= protocol_.windows_min) return Stop::part_time_sensor;
  if (windows >= protocol_.windows_max) return Stop::windows_max;
  if (windows > 0 && now_ns >= deadline_ns_) return Stop::time_budget;
  return std::nullopt;
}

void WindowJudge::judge_clocks(std::span<Window> windows, std::span<const Channel> channels,
                               bool knows_mean_frequency) {
  for (Window& window : windows) window.invalid &= ~std::uint32_t{kClockDrift};
  mark_clock_drift(windows, channels, primary_, knows_mean_frequency);
  stopping_ = Stopping(protocol_);
  for (const Window& window : windows) add(window);
}

}  // namespace ergon
