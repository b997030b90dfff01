#include "harness/run/logged_load.h"

#include <algorithm>

#include "kernels/error.h"

namespace ergon {

void LoggedLoad::launch(std::int64_t count) {
  stamps_.push_back({clock_.now_ns(), launches_});
  load_.launch(count);
  launches_ += count;
  stamps_.push_back({clock_.now_ns(), launches_});
}

void LoggedLoad::stop() { load_.stop(); }

void LoggedLoad::forget_before(std::int64_t time_ns) {
  const auto after = std::ranges::lower_bound(stamps_, time_ns, {}, &Stamp::time_ns);
  if (after != stamps_.begin()) stamps_.erase(stamps_.begin(), after - 1);
}

double LoggedLoad::launches_at(std::int64_t time_ns) const {
  const auto after = std::ranges::lower_bound(stamps_, time_ns, {}, &Stamp::time_ns);
  ERGON_ASSERT(after != stamps_.end());
  if (after->time_ns == time_ns) return static_cast<double>(after->launches);
  ERGON_ASSERT(after != stamps_.begin());
  const Stamp& before = *(after - 1);
  const double share = static_cast<double>(time_ns - before.time_ns) /
                       static_cast<double>(after->time_ns - before.time_ns);
  return static_cast<double>(before.launches) +
         share * static_cast<double>(after->launches - before.launches);
}

}  // namespace ergon
