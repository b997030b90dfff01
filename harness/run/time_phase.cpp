#include "harness/run/time_phase.h"

#include <algorithm>

#include "harness/run/edge_timing.h"

namespace ergon {
namespace {

constexpr int kBatchMax = 1 << 20;

std::int64_t timed_launch(Load& load, Clock& clock, int count) {
  const std::int64_t begin_ns = clock.now_ns();
  load.launch(count);
  return clock.now_ns() - begin_ns;
}

// A sample of the time phase: launches back to back, and how long they took.
struct Sample {
  int batch = 1;
  std::int64_t elapsed_ns = 0;
  [[nodiscard]] Seconds per_launch() const {
    return Seconds{static_cast<double>(elapsed_ns) * 1e-9 / batch};
  }
};

// The first sample that lasts Load::sample_min, or at the end of the budget the last that was
// tried.
Sample first_sample(Load& load, Clock& clock, std::int64_t end_ns) {
  const std::int64_t sample_min_ns = nanoseconds(load.sample_min());
  Sample sample;
  for (;;) {
    sample.elapsed_ns = timed_launch(load, clock, sample.batch);
    if (sample.elapsed_ns >= sample_min_ns || sample.batch >= kBatchMax) return sample;
    if (clock.now_ns() >= end_ns) return sample;
    // Grows by 16 at most, since the first launches are slower than the rest.
    const std::int64_t elapsed_ns = std::max<std::int64_t>(sample.elapsed_ns, 1);
    const std::int64_t growth = sample_min_ns * 5 / 4 / elapsed_ns + 1;
    const int factor = static_cast<int>(std::clamp<std::int64_t>(growth, 2, 16));
    sample.batch = std::min(kBatchMax, sample.batch * factor);
  }
}

// The same of launches that are prepared, where they can be: they take less time than those before.
Sample prepared_sample(Load& load, Clock& clock, std::int64_t end_ns, Sample sample) {
  const std::int64_t sample_min_ns = nanoseconds(load.sample_min());
  std::int64_t batch = sample.batch, before = 0;
  while (load.prepare(batch) && batch != before) {
    before = batch;
    sample.batch = static_cast<int>(batch);
    static_cast<void>(timed_launch(load, clock, sample.batch));  // the first is slower
    sample.elapsed_ns = timed_launch(load, clock, sample.batch);
    if (sample.elapsed_ns >= sample_min_ns / 2 || clock.now_ns() >= end_ns) break;
    batch *= sample_min_ns / std::max<std::int64_t>(sample.elapsed_ns, 1) + 1;
    batch = std::min<std::int64_t>(batch, kBatchMax);
  }
  return sample;
}

}  // namespace

TimePhase measure_time(Load& load, Clock& clock, const Protocol& protocol) {
  const std::int64_t end_ns = clock.now_ns() + nanoseconds(protocol.time_max);
  Sample sample = prepared_sample(load, clock, end_ns, first_sample(load, clock, end_ns));
  TimePhase phase;
  phase.batch = sample.batch;
  const auto wanted = static_cast<std::size_t>(std::max(protocol.time_samples_min, 1));
  phase.times.reserve(wanted);
  phase.times.push_back(sample.per_launch());
  while (phase.times.size() < wanted && clock.now_ns() < end_ns) {
    sample.elapsed_ns = timed_launch(load, clock, phase.batch);
    phase.times.push_back(sample.per_launch());
  }
  return phase;
}

}  // namespace ergon
