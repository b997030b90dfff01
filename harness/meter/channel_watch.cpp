#include "harness/meter/channel_watch.h"

#include <algorithm>
#include <cmath>

#include "kernels/error.h"

namespace ergon {

ChannelWatch::ChannelWatch(Clock& clock, Meter& meter, std::size_t channel, SwitchedLoad& load,
                           std::uint64_t seed)
    : clock_(clock),
      meter_(meter),
      channel_(meter.channels()[channel]),
      index_(channel),
      load_(load),
      random_(seed),
      origin_ns_(clock.now_ns()),
      readings_(meter.channels().size()) {
  ERGON_ASSERT(channel_.measure == Measure::energy || channel_.measure == Measure::power);
  load_.off();
  next_switch_s_ = elapsed_s();
}

double ChannelWatch::elapsed_s() {
  return static_cast<double>(clock_.now_ns() - origin_ns_) * 1e-9;
}

void ChannelWatch::poll() {
  const double until_s = elapsed_s() + poll_s_;
  while (next_switch_s_ <= until_s) {
    clock_.wait_until(origin_ns_ + std::llround(next_switch_s_ * 1e9));
    switch_load();
  }
  clock_.wait_until(origin_ns_ + std::llround(until_s * 1e9));
  read();
}

void ChannelWatch::finish() {
  if (on_) switch_load();
}

void ChannelWatch::switch_load() {
  on_ = !on_;
  if (on_) {
    load_.on();
  } else {
    load_.off();
  }
  const double now_s = elapsed_s();  // the switch is done when the call returns
  switches_s_.push_back(now_s);
  next_switch_s_ = now_s + dwell_.min_s * std::pow(dwell_.max_s / dwell_.min_s, random_.uniform());
}

void ChannelWatch::read() {
  const double begin_s = elapsed_s();
  meter_.read(readings_);
  const double end_s = elapsed_s();
  const Reading& reading = readings_[index_];
  ++reads_;
  latencies_s_.push_back(end_s - begin_s);
  if (reading.error != 0) {
    ++errors_;
    last_error_ = reading.error;
    started_ = continuous_ = false;
    return;
  }
  const double seen_s = (begin_s + end_s) / 2;
  if (started_ && reading.raw != raw_) note_update(reading.raw, seen_s);
  started_ = true;
  raw_ = reading.raw;
  read_s_ = seen_s;
}

// A counter that wraps goes on at zero; one that went backwards otherwise gives a negative step.
std::int64_t ChannelWatch::step_to(std::uint64_t raw) const {
  const auto step = static_cast<std::int64_t>(raw - raw_);
  if (step >= 0 || channel_.measure == Measure::power || channel_.wrap == 0) return step;
  const auto wrapped = step + static_cast<std::int64_t>(channel_.wrap);
  return wrapped < static_cast<std::int64_t>(channel_.wrap / 2) ? wrapped : step;
}

void ChannelWatch::note_update(std::uint64_t raw, double seen_s) {
  ChannelUpdate update;
  update.time_s = (read_s_ + seen_s) / 2;
  update.slack_s = (seen_s - read_s_) / 2;
  update.step = step_to(raw);
  const bool energy = channel_.measure == Measure::energy;
  update.value =
      channel_.scale * static_cast<double>(energy ? update.step : static_cast<std::int64_t>(raw));
  const bool backwards = energy && update.step < 0;
  if (continuous_ && !backwards) update.interval_s = update.time_s - updates_.back().time_s;
  continuous_ = !backwards;
  if (!backwards) updates_.push_back(update);
}

}  // namespace ergon
