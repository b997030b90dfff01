#include "harness/run/clock_drift.h"

#include <gtest/gtest.h>

namespace ergon {
namespace {

std::vector<Window> windows_at(std::initializer_list<double> gigahertz) {
  std::vector<Window> windows;
  for (const double clock : gigahertz) {
    windows.emplace_back().activity.frequency = Hertz{clock * 1e9};
  }
  return windows;
}

std::vector<bool> drifted(const std::vector<Window>& windows) {
  std::vector<bool> marks;
  for (const Window& window : windows) marks.push_back((window.invalid & kClockDrift) != 0);
  return marks;
}

// A GPU's energy with its SM clock beside it; the clocks of others must not count.
std::vector<Channel> gpu_channels() {
  std::vector<Channel> channels(4);
  channels[0].name = "nvml/gpu-1";
  channels[1].name = "nvml/gpu-10/sm-clock";
  channels[2].name = "nvml/gpu-1/memory-clock";
  channels[3].name = "nvml/gpu-1/sm-clock";
  for (int i = 1; i < 4; ++i) channels[static_cast<std::size_t>(i)].measure = Measure::frequency;
  return channels;
}

}  // namespace

TEST(ClockDrift, MarksWindowsBeyondTwoPercentOfTheMedianTheFirstToo) {
  auto windows = windows_at({3.07, 3.0, 2.99, 3.05, 3.0, 2.93});
  mark_clock_drift(windows, {}, -1, true);
  EXPECT_EQ(drifted(windows), (std::vector<bool>{true, false, false, false, false, true}));
}

TEST(ClockDrift, JudgesNoClockThatIsOfAMomentOrNotKnown) {
  auto windows = windows_at({3, 3, 2, kNotKnown});
  mark_clock_drift(windows, {}, -1, false);
  EXPECT_EQ(drifted(windows), std::vector<bool>(4, false));
  mark_clock_drift(windows, {}, -1, true);
  EXPECT_EQ(drifted(windows), (std::vector<bool>{false, false, true, false}));
}

TEST(ClockDrift, DoesNotJudgeTwoWindows) {
  auto windows = windows_at({3, 2});
  mark_clock_drift(windows, {}, -1, true);
  EXPECT_EQ(drifted(windows), std::vector<bool>(2, false));
}

TEST(ClockDrift, GoesByTheClockOfTheGpuThatIsMeasured) {
  auto windows = windows_at({3, 3, 2, 3});  // the host's, which does not matter
  for (std::size_t i = 0; i < windows.size(); ++i) {
    windows[i].states = {{.channel = 1, .mean = 1e9 * static_cast<double>(i + 1)},
                         {.channel = 2, .mean = 1e9 * static_cast<double>(i + 1)},
                         {.channel = 3, .mean = i == 3 ? 1.6e9 : 1.98e9}};
  }
  mark_clock_drift(windows, gpu_channels(), 0, true);
  EXPECT_EQ(drifted(windows), (std::vector<bool>{false, false, false, true}));
}

}  // namespace ergon
