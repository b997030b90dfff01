#include "harness/meter/edge_finder.h"

#include <algorithm>
#include <cmath>

#include "harness/record/record.h"

namespace ergon {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
// Energy counters are read at least this often whatever their range: the kernel's own extension of
// RAPL to 64 bits relies on it above 200 W (measurement.md, 3a).
constexpr std::int64_t kWakePeriodMaxNs = 10 * kSecondNs;
constexpr std::int64_t kWakePeriodMinNs = 1'000'000;
constexpr int kStalePeriods = 3;

std::int64_t nanoseconds(Seconds time) {
  return static_cast<std::int64_t>(std::llround(time.value * 1e9));
}

std::int64_t wake_period(const Channel& channel, const SamplingPeriods& periods) {
  if (channel.measure == Measure::power) {
    return nanoseconds(std::max(channel.update_period, periods.power));
  }
  if (channel.measure != Measure::energy) return kWakePeriodMaxNs;
  // Read twice per wrap, a counter cannot wrap unseen.
  const double range = static_cast<double>(channel.wrap) * channel.scale;
  const Seconds wrap_half{range / (2 * watts_max(channel))};
  return nanoseconds(channel.wrap == 0 ? periods.energy : std::min(wrap_half, periods.energy));
}

// Time between looks while an edge is sought: a twentieth of the period, so that an edge is known
// to +- T/40; no finer than 1 ms where the period is long, since looking costs energy.
std::int64_t look_period(const Channel& channel) {
  return std::min<std::int64_t>(nanoseconds(channel.update_period) / 20, 1'000'000);
}

bool updated(const Reading& old, const Reading& now) {
  return now.raw != old.raw || now.time_ns != old.time_ns;
}

}  // namespace

EdgeFinder::EdgeFinder(std::vector<std::unique_ptr<Meter>> meters, const SamplingPeriods& periods,
                       std::string_view primary) {
  for (auto& meter : meters) {
    const std::span<const Channel> of_meter = meter->channels();
    const std::size_t first = channels_.size();
    channels_.insert(channels_.end(), of_meter.begin(), of_meter.end());
    std::int64_t period_ns = kWakePeriodMaxNs;
    for (const Channel& channel : of_meter) {
      period_ns = std::min(period_ns, wake_period(channel, periods));
    }
    Part& part = parts_.emplace_back();
    part.period_ns = std::max(period_ns, kWakePeriodMinNs);
    part.first = first;
    part.count = of_meter.size();
    part.meter = std::move(meter);
  }
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    const Channel& channel = channels_[i];
    accumulators_.emplace_back(channel);
    tracers_.emplace_back(channel);
    const bool has_edges = channel.measure == Measure::energy || channel.measure == Measure::power;
    if (has_edges && (aligned_ < 0 || channel.name == primary)) aligned_ = static_cast<int>(i);
  }
  const auto holds_aligned = [this](const Part& part) {
    const auto aligned = static_cast<std::size_t>(aligned_);
    return aligned_ >= 0 && aligned >= part.first && aligned < part.first + part.count;
  };
  const auto found = std::find_if(parts_.begin(), parts_.end(), holds_aligned);
  aligned_part_ = static_cast<std::size_t>(found - parts_.begin());
  readings_.resize(channels_.size());
  faults_.resize(channels_.size());
  if (aligned_ >= 0) sum_ = sum_packages(channels_, static_cast<std::size_t>(aligned_));
  if (sum_) {
    channels_.push_back(sum_->channel);
    tracers_.emplace_back(sum_->channel);
  }
  edge_.raw.resize(channels_.size());
  edge_.energy.resize(channels_.size());
  edge_.faults.resize(channels_.size());
  edge_.traces.resize(channels_.size());
}

void EdgeFinder::copy_totals(std::span<ChannelTotals> totals) const {
  const auto seconds = [](std::int64_t ns) { return Seconds{static_cast<double>(ns) * 1e-9}; };
  for (const Part& part : parts_) {
    for (std::size_t i = part.first; i < part.first + part.count; ++i) {
      totals[i] = {.reads = part.reads, .time = seconds(part.read_ns)};
      totals[i].energy = edge_.energy[i];
      if (std::isfinite(edge_.energy[i].value)) {
        totals[i].span = seconds(edge_.time_ns - part.begin_ns);
      }
    }
  }
  if (!sum_) return;
  totals.back() = totals[static_cast<std::size_t>(aligned_)];
  totals.back().energy = edge_.energy.back();
}

std::int64_t EdgeFinder::next_ns() const {
  return seeking_ ? std::min(look_ns_, wake_ns_) : wake_ns_;
}

void EdgeFinder::seek(std::int64_t from_ns) {
  if (seeking_) return;
  seeking_ = true;
  looked_ = false;
  look_ns_ = from_ns;
}

bool EdgeFinder::step(Clock& clock) {
  if (clock.now_ns() >= wake_ns_) read_due(clock);
  return seeking_ && clock.now_ns() >= look_ns_ && look(clock);
}

EdgeFinder::Span EdgeFinder::read(Part& part, Clock& clock) {
  const std::span<Reading> readings = std::span(readings_).subspan(part.first, part.count);
  std::fill(readings.begin(), readings.end(), Reading{});
  Span span{clock.now_ns(), 0};
  part.meter->read(readings);
  span.end_ns = clock.now_ns();
  if (part.reads++ == 0) {
    const std::int64_t stamp_ns = readings.empty() ? 0 : readings.front().time_ns;
    part.begin_ns = stamp_ns != 0 ? stamp_ns : span.begin_ns;
  }
  part.read_ns += span.end_ns - span.begin_ns;
  const std::int64_t middle_ns = span.begin_ns + (span.end_ns - span.begin_ns) / 2;
  std::uint32_t seen = 0;
  for (std::size_t i = part.first; i < part.first + part.count; ++i) {
    const std::uint32_t faults = accumulators_[i].add(readings_[i], middle_ns);
    tracers_[i].add(readings_[i], middle_ns, accumulators_[i].energy(), faults);
    faults_[i] |= faults;
    seen |= faults;
  }
  if (sum_ && &part == &parts_[aligned_part_]) trace_sum(middle_ns, seen);
  return span;
}

// All summands are of one meter, and were just read.
void EdgeFinder::trace_sum(std::int64_t time_ns, std::uint32_t faults) {
  Reading reading;
  Joules energy;
  double watts = 0;
  for (const std::size_t i : sum_->summands.channels()) {
    reading.error = std::max(reading.error, readings_[i].error);
    energy += accumulators_[i].energy();
    watts += static_cast<double>(readings_[i].raw) * channels_[i].scale;
  }
  const Channel& channel = channels_.back();
  if (channel.measure == Measure::power && reading.error == 0) {
    reading.raw = static_cast<std::uint64_t>(std::llround(watts / channel.scale));
  }
  tracers_.back().add(reading, time_ns, energy, faults);
}

// What is all but due is read along: to wake once for each of several meters costs more than to
// read them.
void EdgeFinder::read_due(Clock& clock) {
  const std::int64_t now_ns = clock.now_ns();
  wake_ns_ = now_ns + kWakePeriodMaxNs;
  for (Part& part : parts_) {
    if (part.wake_ns - now_ns <= part.period_ns / 16) {
      read(part, clock);
      part.wake_ns = now_ns + part.period_ns;
    }
    wake_ns_ = std::min(wake_ns_, part.wake_ns);
  }
}

// All parts were read just now.
void EdgeFinder::put_off(std::int64_t now_ns) {
  wake_ns_ = now_ns + kWakePeriodMaxNs;
  for (Part& part : parts_) {
    part.wake_ns = now_ns + part.period_ns;
    wake_ns_ = std::min(wake_ns_, part.wake_ns);
  }
}

bool EdgeFinder::look(Clock& clock) {
  if (aligned_ < 0) return finish(clock.now_ns(), 0, clock);
  const Channel& channel = channels_[static_cast<std::size_t>(aligned_)];
  const Span span = read(parts_[aligned_part_], clock);
  const Reading& now = readings_[static_cast<std::size_t>(aligned_)];
  const std::int64_t read_ns = span.end_ns - span.begin_ns;
  // Every read is a new number, or none will come.
  if (channel.update_period.value <= 0 || now.error != 0) {
    return finish(span.begin_ns + read_ns / 2, (read_ns + 1) / 2, clock);
  }
  if (!looked_) {
    looked_ = true;
    old_ = now;
    old_span_ = span;
    give_up_ns_ = span.end_ns + kStalePeriods * nanoseconds(channel.update_period);
  } else if (updated(old_, now)) {
    if (now.time_ns != 0) return finish(now.time_ns, 0, clock);
    const std::int64_t gap_ns = span.end_ns - old_span_.begin_ns;
    return finish(old_span_.begin_ns + gap_ns / 2, (gap_ns + 1) / 2, clock);
  } else if (span.begin_ns >= give_up_ns_) {
    // Power may well be constant; a counter of energy that stands still is broken.
    if (channel.measure == Measure::energy) {
      faults_[static_cast<std::size_t>(aligned_)] |= kStaleCounter;
    }
    return finish(span.end_ns, nanoseconds(channel.update_period) / 2, clock);
  } else {
    old_span_ = span;
  }
  look_ns_ = clock.now_ns() + look_period(channel);
  return false;
}

bool EdgeFinder::finish(std::int64_t time_ns, std::int64_t slack_ns, Clock& clock) {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (i != aligned_part_) read(parts_[i], clock);
  }
  edge_.time_ns = time_ns;
  edge_.slack_ns = slack_ns;
  for (std::size_t i = 0; i < readings_.size(); ++i) {
    edge_.raw[i] = readings_[i].raw;
    edge_.energy[i] = accumulators_[i].energy();
    edge_.faults[i] = faults_[i];
    edge_.traces[i] = tracers_[i].take();
    faults_[i] = 0;
  }
  if (sum_) sum_edge();
  seeking_ = false;
  put_off(clock.now_ns());
  return true;
}

// The sum's raw number is what a source would have said: its energy so far, or the power now.
void EdgeFinder::sum_edge() {
  const std::size_t sum = readings_.size();
  edge_.energy[sum] = sum_->summands.of(edge_.energy);
  edge_.faults[sum] = 0;
  double watts = 0;
  for (const std::size_t i : sum_->summands.channels()) {
    edge_.faults[sum] |= edge_.faults[i];
    watts += static_cast<double>(edge_.raw[i]) * channels_[i].scale;
  }
  const Channel& channel = channels_[sum];
  const double value = channel.measure == Measure::power ? watts : edge_.energy[sum].value;
  edge_.traces[sum] = tracers_[sum].take();
  edge_.raw[sum] = static_cast<std::uint64_t>(std::llround(value / channel.scale));
}

}  // namespace ergon
