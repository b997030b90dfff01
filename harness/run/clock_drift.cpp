#include "harness/run/clock_drift.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace ergon {
namespace {

constexpr double kDriftMax = 0.02;
constexpr std::size_t kWindowsMin = 3;
constexpr std::string_view kSmClock = "/sm-clock";

// The channel of the SM clock of the GPU that the primary channel is of; -1: there is none.
int sm_clock_of(std::span<const Channel> channels, int primary) {
  if (primary < 0) return -1;
  const std::string_view of = channels[static_cast<std::size_t>(primary)].name;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string_view name = channels[i].name;
    if (channels[i].measure != Measure::frequency || !name.ends_with(kSmClock)) continue;
    const std::string_view gpu = name.substr(0, name.size() - kSmClock.size());
    // "nvml/gpu-1" and "nvml/gpu-1/power", but not "nvml/gpu-10".
    if (of == gpu || (of.starts_with(gpu) && of[gpu.size()] == '/')) return static_cast<int>(i);
  }
  return -1;
}

double clock_of(const Window& window, int sm_clock) {
  if (sm_clock < 0) return window.activity.frequency.value;
  for (const ChannelState& state : window.states) {
    if (state.channel == sm_clock) return state.mean;
  }
  return kNotKnown;
}

}  // namespace

void mark_clock_drift(std::span<Window> windows, std::span<const Channel> channels, int primary,
                      bool cpu_frequency_is_mean) {
  const int sm_clock = sm_clock_of(channels, primary);
  if (sm_clock < 0 && !cpu_frequency_is_mean) return;
  std::vector<double> clocks;
  for (const Window& window : windows) {
    const double clock = clock_of(window, sm_clock);
    if (std::isfinite(clock)) clocks.push_back(clock);
  }
  if (clocks.size() < kWindowsMin) return;
  const auto middle = clocks.begin() + static_cast<std::ptrdiff_t>(clocks.size() / 2);
  std::nth_element(clocks.begin(), middle, clocks.end());
  for (Window& window : windows) {
    const double drift = clock_of(window, sm_clock) / *middle - 1;
    if (std::abs(drift) > kDriftMax) window.invalid |= kClockDrift;
  }
}

}  // namespace ergon
