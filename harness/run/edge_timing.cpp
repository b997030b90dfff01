#include "harness/run/edge_timing.h"

#include <algorithm>
#include <cmath>

#include "kernels/error.h"

namespace ergon {

std::int64_t nanoseconds(Seconds time) {
  return static_cast<std::int64_t>(std::llround(time.value * 1e9));
}

const Channel* primary_channel(const Sampler& sampler) {
  const int primary = sampler.primary();
  return primary < 0 ? nullptr : &sampler.channels()[static_cast<std::size_t>(primary)];
}

Seconds period_of_primary(const Sampler& sampler) {
  const Channel* const channel = primary_channel(sampler);
  return channel == nullptr ? Seconds{0} : channel->update_period;
}

Seconds memory_of_primary(const Sampler& sampler) {
  const Channel* const channel = primary_channel(sampler);
  if (channel == nullptr) return Seconds{0};
  return channel->lag + channel->averaging_window + channel->update_period;
}

std::int64_t until_between_updates(Seconds wanted, const Sampler& sampler, Random& random) {
  const double period_s = period_of_primary(sampler).value;
  if (period_s <= 0) return nanoseconds(wanted);
  const double before = 0.4 + 0.2 * random.uniform();  // periods before the update
  const double updates = std::max(1.0, std::ceil(wanted.value / period_s));
  return nanoseconds(Seconds{(updates - before) * period_s});
}

void refuse_to_wait(std::int64_t waited_ns) {
  constexpr std::int64_t kEdgeWaitMaxNs = 120'000'000'000;
  if (waited_ns > kEdgeWaitMaxNs) {
    throw Error("meter: no edge within 120 s: a read of the meter hangs; see ergon doctor");
  }
}

}  // namespace ergon
