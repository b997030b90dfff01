#include "harness/run/steal_watch.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace ergon {

void StealWatch::follow(std::span<const int> cpus) {
  cpus_.assign(cpus.begin(), cpus.end());
  last_ = read();
}

Steal StealWatch::take() {
  const Ticks now = read();
  const std::int64_t all = now.all - last_.all;
  const std::int64_t steal = now.steal - last_.steal;
  last_ = now;
  if (all <= 0) return {std::numeric_limits<double>::quiet_NaN(), false};
  return {static_cast<double>(steal) / static_cast<double>(all), (steal - 1) * 100 > all};
}

// "cpu3 user nice system idle iowait irq softirq steal guest guest_nice"; guest is in user.
StealWatch::Ticks StealWatch::read() const {
  std::ifstream file(proc_stat_);
  Ticks ticks;
  for (std::string line; std::getline(file, line) && line.starts_with("cpu");) {
    std::istringstream fields(line.substr(3));
    int cpu = -1;
    if (line.starts_with("cpu ") || !(fields >> cpu)) continue;
    if (std::find(cpus_.begin(), cpus_.end(), cpu) == cpus_.end()) continue;
    std::int64_t field = 0;
    for (int i = 0; i < 8 && fields >> field; ++i) {
      ticks.all += field;
      if (i == 7) ticks.steal += field;
    }
  }
  return ticks;
}

}  // namespace ergon
