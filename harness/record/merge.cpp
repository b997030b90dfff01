#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>

#include "harness/record/results.h"
#include "kernels/error.h"

namespace ergon {
namespace {

bool same_channels(const RunInfo& a, const RunInfo& b) {
  if (a.channels.size() != b.channels.size()) return false;
  for (std::size_t i = 0; i < a.channels.size(); ++i) {
    if (a.channels[i].name != b.channels[i].name || a.channels[i].domain != b.channels[i].domain) {
      return false;
    }
  }
  return true;
}

// Adds the runs that are new, and gives for each run of `more` its index in `runs`.
std::vector<int> merge_runs(std::vector<RunInfo>& runs, std::vector<RunInfo>& more) {
  std::map<std::string, int> known;
  for (std::size_t i = 0; i < runs.size(); ++i) known.try_emplace(runs[i].id, static_cast<int>(i));
  std::vector<int> index;
  for (RunInfo& run : more) {
    const auto [found, fresh] = known.try_emplace(run.id, static_cast<int>(runs.size()));
    index.push_back(found->second);
    if (fresh) {
      runs.push_back(std::move(run));
    } else if (!same_channels(runs[found->second], run)) {
      throw Error("merge: run " + run.id +
                  " has other channels in one file than in the other; one of them is damaged");
    }
  }
  return index;
}

std::string attempt(const Record& record) {
  return std::to_string(record.run) + ' ' + std::to_string(record.repetition) + ' ' +
         point_key(record.point);
}

}  // namespace

Results merge(Results results, Results more) {
  std::unordered_set<std::string> records;
  for (const Record& record : results.records) records.insert(attempt(record));
  std::set<std::tuple<int, std::int64_t>> idle;
  for (const IdleStretch& stretch : results.idle) idle.emplace(stretch.run, stretch.begin_ns);

  const std::vector<int> index = merge_runs(results.runs, more.runs);
  for (Record& record : more.records) {
    record.run = index[record.run];
    if (records.insert(attempt(record)).second) results.records.push_back(std::move(record));
  }
  for (IdleStretch& stretch : more.idle) {
    stretch.run = index[stretch.run];
    if (idle.emplace(stretch.run, stretch.begin_ns).second) {
      results.idle.push_back(std::move(stretch));
    }
  }
  for (auto& kernel : more.foreign_kernels) {
    results.foreign_kernels.push_back(std::move(kernel));
  }
  return results;
}

}  // namespace ergon
