#include "harness/run/running_load.h"

#include <algorithm>
#include <cmath>

#include "harness/run/edge_timing.h"

namespace ergon {
namespace {

// Launches between two looks at the sampler last about this. A look takes 0.1 us: 0.01 %.
constexpr double kLookPeriodS = 1e-3;

}  // namespace

RunningLoad::RunningLoad(const Rig& rig, Seconds per_launch)
    : rig_(rig), per_launch_s_(std::max(per_launch.value, 1e-9)) {
  batch_ = rig_.load.run_ahead(Seconds{per_launch_s_}, period_of_primary(rig_.sampler));
  if (batch_ <= 0) batch_ = std::max<std::int64_t>(1, std::llround(kLookPeriodS / per_launch_s_));
  stamps_.reserve(1024);
  stamps_.push_back({rig_.clock.now_ns(), 0});
}

Seconds RunningLoad::run_until(std::int64_t until_ns) {
  const Stamp begin = stamps_.back();
  do {
    // Far from the end there is nothing to look at: half of what is left in one go.
    const double left_s = static_cast<double>(until_ns - stamps_.back().time_ns) * 1e-9;
    stamps_.front() = stamps_.back();
    stamps_.resize(1);
    const double batches = left_s / 2 / per_launch_s_ / static_cast<double>(batch_);
    launch_batch(batch_ * std::max<std::int64_t>(1, static_cast<std::int64_t>(batches)));
  } while (stamps_.back().time_ns < until_ns);
  const Stamp& end = stamps_.back();
  return Seconds{static_cast<double>(end.time_ns - begin.time_ns) * 1e-9 /
                 static_cast<double>(end.launches - begin.launches)};
}

void RunningLoad::rest(Seconds length) {
  rig_.load.stop();
  rig_.clock.wait_until(rig_.clock.now_ns() + nanoseconds(length));
  stamps_.push_back({rig_.clock.now_ns(), stamps_.back().launches});
}

void RunningLoad::find_edge(std::int64_t from_ns, LoadedEdge& found) {
  rig_.sampler.request_edge(from_ns);
  run_until(from_ns);
  const std::int64_t waiting_ns = stamps_.back().time_ns;
  while (!rig_.sampler.take_edge(found.edge)) {
    launch_batch(batch_);
    refuse_to_wait(stamps_.back().time_ns - waiting_ns);
  }
  found.launches = launches_at(found.edge.time_ns);
}

void RunningLoad::launch_batch(std::int64_t count) {
  rig_.load.launch(count);
  stamps_.push_back({rig_.clock.now_ns(), stamps_.back().launches + count});
}

// Launches of a batch follow each other evenly: between two stamps the count is linear in time.
double RunningLoad::launches_at(std::int64_t time_ns) const {
  auto after = std::find_if(stamps_.begin() + 1, stamps_.end(),
                            [time_ns](const Stamp& stamp) { return stamp.time_ns >= time_ns; });
  if (after == stamps_.end()) --after;
  const Stamp& before = *(after - 1);
  const double length_ns = static_cast<double>(after->time_ns - before.time_ns);
  if (length_ns <= 0) return static_cast<double>(after->launches);
  const double share = static_cast<double>(time_ns - before.time_ns) / length_ns;
  return static_cast<double>(before.launches) +
         share * static_cast<double>(after->launches - before.launches);
}

}  // namespace ergon
