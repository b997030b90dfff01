#include "harness/run/watch.h"

#include <fstream>
#include <sstream>
#include <string>

#include "harness/record/record.h"

namespace ergon {

StealWatch::StealWatch(std::filesystem::path proc_stat)
    : proc_stat_(std::move(proc_stat)), last_(read()) {}

std::uint32_t StealWatch::take_faults() {
  const Ticks now = read();
  const std::int64_t all = now.all - last_.all;
  // The count has whole ticks only: one alone proves nothing about a window of few.
  const std::int64_t steal = now.steal - last_.steal - 1;
  last_ = now;
  return steal * 100 > all ? static_cast<std::uint32_t>(kStealTime) : 0;
}

// "cpu  user nice system idle iowait irq softirq steal guest guest_nice"; guest is in user.
StealWatch::Ticks StealWatch::read() const {
  std::ifstream file(proc_stat_);
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line);
  std::string name;
  fields >> name;
  Ticks ticks;
  std::int64_t field = 0;
  for (int i = 0; i < 8 && fields >> field; ++i) {
    ticks.all += field;
    if (i == 7) ticks.steal = field;
  }
  return ticks;
}

}  // namespace ergon
