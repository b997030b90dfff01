#include "harness/submit/step_energies.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harness/meter/channel.h"
#include "harness/record/columns.h"
#include "harness/record/layout.h"
#include "harness/submit/scheduler.h"

namespace ergon {
namespace {

// Energy that a run's primary channel counted, where that is all of a node; 0 where it is not.
Joules node_energy(const std::filesystem::path& hdf5) {
  const hdf5::File file(hdf5);
  hdf5::TableReader runs(file, "/runs"), table(file, "/channels");
  std::vector<std::int64_t> primary(static_cast<std::size_t>(runs.rows("id")));
  runs.column(
      {"primary_channel", "", ""}, [&](std::int64_t i) -> auto& {
        return primary[static_cast<std::size_t>(i)];
      });
  std::vector<Channel> channels(static_cast<std::size_t>(table.rows("run")));
  std::vector<ChannelTotals> totals(channels.size());
  std::vector<Channel*> channel_rows;
  std::vector<ChannelTotals*> total_rows;
  for (Channel& channel : channels) channel_rows.push_back(&channel);
  for (ChannelTotals& total : totals) total_rows.push_back(&total);
  hdf5::channel_columns(table, channel_rows);
  hdf5::channel_total_columns(table, total_rows);
  Joules sum;
  for (const std::int64_t row : primary) {
    if (row < 0 || row >= std::ssize(channels)) return {};
    const auto i = static_cast<std::size_t>(row);
    const bool whole = channels[i].domain == "node" && channels[i].source == Source::measured;
    if (!whole || !std::isfinite(totals[i].energy.value)) return {};
    sum += totals[i].energy;
  }
  return sum;
}

// Job ids of a campaign by scheduler.
std::map<std::string, std::vector<std::string>> jobs_by_scheduler(const Intents& intents) {
  std::map<std::string, std::vector<std::string>> jobs;
  for (const IntendedJob& job : intents.jobs) {
    if (job.tasks == 0 || job.job.empty()) continue;
    const auto submission = static_cast<std::size_t>(job.submission);
    jobs[intents.submissions[submission].scheduler].push_back(job.job);
  }
  return jobs;
}

}  // namespace

StepEnergies step_energies(const Intents& intents, std::span<const Attempt> attempts) {
  std::map<std::string, const Attempt*> last;  // by Allocation::id
  for (const Attempt& attempt : attempts) {
    const Attempt*& known = last[attempt.job];
    if (known == nullptr || known->restart <= attempt.restart) known = &attempt;
  }
  StepEnergies energies;
  for (const auto& [name, jobs] : jobs_by_scheduler(intents)) {
    for (const TaskEnergy& task : scheduler::named(name).energies(jobs)) {
      const auto found = last.find(task.id);
      if (found == last.end()) continue;
      energies[{found->second->shard, found->second->number}] = task.energy;
    }
  }
  return energies;
}

void StepCheck::add(const std::filesystem::path& hdf5, Joules accounted) {
  ++runs;
  const Joules own = node_energy(hdf5);
  if (own.value <= 0) return;
  const double ratio = (accounted / own).value;
  ratio_least = compared == 0 ? ratio : std::min(ratio_least, ratio);
  ratio_most = compared == 0 ? ratio : std::max(ratio_most, ratio);
  ++compared;
}

}  // namespace ergon
