#include "harness/run/share_cpus.h"

#include <sched.h>

#include <algorithm>

#include "harness/run/assembly.h"

namespace ergon {
namespace {

constexpr Seconds kPatience{60};

std::vector<int> allowed_here() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

// Best effort, as the team's own.
void stay_on(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(static_cast<std::size_t>(cpu), &set);
  if (!cpus.empty()) (void)sched_setaffinity(0, sizeof set, &set);
}

std::vector<int> cpus_of(const RankMessage& message) {
  return {message.numbers.begin(), message.numbers.end()};
}

RankMessage cpus_message(const std::vector<int>& cpus) {
  return {.what = "cpus", .numbers = {cpus.begin(), cpus.end()}};
}

}  // namespace

std::vector<std::vector<int>> part_cpus(const std::vector<std::vector<int>>& allowed) {
  const std::size_t ranks = allowed.size();
  if (ranks < 2) return allowed;
  const std::vector<int>& all = allowed.front();
  const bool same = std::ranges::all_of(allowed, [&](const auto& each) { return each == all; });
  if (!same || all.size() < ranks) return allowed;
  std::vector<std::vector<int>> parts;
  for (std::size_t i = 0; i < ranks; ++i) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(all.size() * i / ranks);
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(all.size() * (i + 1) / ranks);
    parts.emplace_back(begin, end);
  }
  return parts;
}

void share_cpus(Comm& comm) {
  Assembly assembly(comm, kPatience);
  if (comm.rank() != 0) {
    static_cast<void>(assembly.listen());
    assembly.answer(cpus_message(allowed_here()));
    stay_on(cpus_of(assembly.listen()));
    assembly.answer({.what = "done"});
    return;
  }
  assembly.tell_all({.what = "which"});
  std::vector<std::vector<int>> cpus{allowed_here()};
  for (const RankMessage& answer : assembly.gather()) cpus.push_back(cpus_of(answer));
  const RankPlaces& places = comm.places();
  for (int node = 0; node < places.nodes(); ++node) {
    std::vector<std::size_t> ranks;
    std::vector<std::vector<int>> allowed;
    for (std::size_t rank = 0; rank < cpus.size(); ++rank) {
      if (places.node_of[rank] != node) continue;
      ranks.push_back(rank);
      allowed.push_back(cpus[rank]);
    }
    const std::vector<std::vector<int>> parts = part_cpus(allowed);
    for (std::size_t i = 0; i < ranks.size(); ++i) cpus[ranks[i]] = parts[i];
  }
  assembly.tell([&](int rank) { return cpus_message(cpus[static_cast<std::size_t>(rank)]); });
  stay_on(cpus.front());
  static_cast<void>(assembly.gather());
}

}  // namespace ergon
