#include "harness/meter/square_wave.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace ergon {
namespace {

constexpr int kPhases = 8;
constexpr int kPeriodsBefore = 3;  // for what lags, and for the phase before
constexpr int kPeriods = 12;
constexpr std::int64_t kLookNs = 500'000;
constexpr std::int64_t kWatchNs = 3'000'000'000;
constexpr std::size_t kUpdatesMin = 5;
// A driver takes some 20 us to switch a load: it must be little of a quarter of the period.
constexpr std::int64_t kPeriodMinNs = 4'000'000;
// Of full-time counters the edges of windows and the counter's steps leave some per cent.
constexpr double kSpreadMax = 0.10;

struct Update {
  std::int64_t time_ns;
  double value;  // J or W
};

class Wave {
 public:
  Wave(Clock& clock, Meter& meter, std::size_t channel, SwitchedLoad& load)
      : clock_(clock), meter_(meter), channel_(channel), load_(load) {
    readings_.resize(meter.channels().size());
  }

  SquareWave measure() {
    SquareWave wave;
    wave.spread = std::numeric_limits<double>::quiet_NaN();
    const std::int64_t period_ns = find_period();
    wave.period = Seconds{static_cast<double>(period_ns) * 1e-9};
    if (period_ns == 0) {
      wave.verdict = "not known: the channel showed too few new numbers in 3 s";
    } else if (period_ns < kPeriodMinNs) {
      wave.verdict = "not known: it has new numbers faster than a load can be switched";
    } else {
      for (int i = 0; i < kPhases; ++i) wave.by_phase.push_back(measure_phase(i, period_ns));
      judge(wave);
    }
    load_.off();
    return wave;
  }

 private:
  // Looks until `until_ns`, and keeps each new number.
  void look_until(std::int64_t until_ns) {
    while (clock_.now_ns() < until_ns) {
      std::fill(readings_.begin(), readings_.end(), Reading{});
      meter_.read(readings_);
      const Reading& now = readings_[channel_];
      if (now.error == 0 && (updates_.empty() || now.raw != raw_)) {
        raw_ = now.raw;
        const double scale = meter_.channels()[channel_].scale;
        updates_.push_back({clock_.now_ns(), static_cast<double>(now.raw) * scale});
      }
      clock_.wait_until(std::min(until_ns, clock_.now_ns() + kLookNs));
    }
  }

  // The median time between new numbers under steady load, of which noise makes each one new.
  std::int64_t find_period() {
    load_.on();
    updates_.clear();
    look_until(clock_.now_ns() + kWatchNs);
    load_.off();
    std::vector<std::int64_t> gaps;
    // The first number was there before.
    for (std::size_t i = 2; i < updates_.size(); ++i) {
      gaps.push_back(updates_[i].time_ns - updates_[i - 1].time_ns);
    }
    if (gaps.size() < kUpdatesMin) return 0;
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    return *middle;
  }

  Watts measure_phase(int phase, std::int64_t period_ns) {
    if (begin_ns_ == 0) begin_ns_ = clock_.now_ns() + period_ns;
    const std::int64_t shift_ns = phase * period_ns / kPhases;
    for (int i = 0; i < kPeriodsBefore + kPeriods; ++i) {
      if (i == kPeriodsBefore) updates_.clear();
      const std::int64_t on_ns = begin_ns_ + shift_ns + i * period_ns;
      look_until(on_ns);
      load_.on();
      look_until(on_ns + period_ns / 4);
      load_.off();
    }
    begin_ns_ += (kPeriodsBefore + kPeriods + 1) * period_ns;
    return mean_power();
  }

  // Of the numbers kept; the first was there before the stretch began.
  [[nodiscard]] Watts mean_power() const {
    if (updates_.size() < kUpdatesMin) return Watts{std::numeric_limits<double>::quiet_NaN()};
    if (meter_.channels()[channel_].measure == Measure::energy) {
      const Update &first = updates_[1], &last = updates_.back();
      return Watts{(last.value - first.value) /
                   (static_cast<double>(last.time_ns - first.time_ns) * 1e-9)};
    }
    double sum = 0;
    for (std::size_t i = 1; i < updates_.size(); ++i) sum += updates_[i].value;
    return Watts{sum / static_cast<double>(updates_.size() - 1)};
  }

  static void judge(SquareWave& wave) {
    double least = wave.by_phase[0].value, most = least, sum = 0;
    for (const Watts power : wave.by_phase) {
      least = std::min(least, power.value);
      most = std::max(most, power.value);
      sum += power.value;
    }
    wave.spread = (most - least) * kPhases / sum;
    if (!std::isfinite(wave.spread)) {
      wave.verdict = "not known: a phase had too few new numbers";
      return;
    }
    wave.part_time = wave.spread > kSpreadMax;
    wave.verdict = fmt::format(
        "{}: {:.4g} to {:.4g} W by the phase of a load on for a quarter of "
        "{:.4g} ms",
        wave.part_time ? "it looks part of the time" : "it sees all of it", least, most,
        wave.period.value * 1e3);
  }

  Clock& clock_;
  Meter& meter_;
  std::size_t channel_;
  SwitchedLoad& load_;
  std::vector<Reading> readings_;
  std::vector<Update> updates_;
  std::uint64_t raw_ = 0;
  std::int64_t begin_ns_ = 0;  // of the next phase, shift apart
};

}  // namespace

SquareWave square_wave(Clock& clock, Meter& meter, std::size_t channel, SwitchedLoad& load) {
  return Wave(clock, meter, channel, load).measure();
}

}  // namespace ergon
