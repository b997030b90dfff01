#include "harness/submit/collect.h"

#include <algorithm>

#include "harness/record/concatenate.h"
#include "harness/record/journal.h"
#include "harness/record/results.h"
#include "harness/submit/file_lock.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

// Which records of a part stand in the result, and which are other executions of the same visits.
struct Choice {
  ResultPart result, duplicates;
  bool any = false, any_duplicate = false;
};

Choice choose(const CampaignTally& tally, std::int32_t number, const fs::path& file) {
  const RecordIndex index = read_record_index(file);
  Choice choice;
  choice.result = {file, std::vector<bool>(index.rows.size())};
  choice.duplicates = choice.result;
  for (std::size_t i = 0; i < index.rows.size(); ++i) {
    const RecordIndex::Row& row = index.rows[i];
    const std::int64_t visit = tally.number(index, row);
    if (!row.sentinel && visit < 0) continue;  // stale
    const std::int32_t chosen =
        row.sentinel ? number : tally.visits()[static_cast<std::size_t>(visit)].part;
    if (chosen < 0) continue;  // measured since the tally was taken
    const bool kept = chosen == number;
    choice.result.keep[i] = kept;
    choice.duplicates.keep[i] = !kept;
    choice.any = choice.any || kept;
    choice.any_duplicate = choice.any_duplicate || !kept;
  }
  return choice;
}

// A result file beside a journal, for the time of a collect: the task that writes the journal may
// be alive, and make its own file of it later.
fs::path file_of_journal(const CampaignTally::Part& part) {
  fs::path file = part.file;
  file += ".collected";
  write_results(file, read_journal(journal_path(part.file)));
  return file;
}

// Deletes what it was told of.
class Leftovers {
 public:
  ~Leftovers() {
    std::error_code ignored;
    for (const fs::path& file : files_) fs::remove(file, ignored);
  }
  Leftovers() = default;
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;
  void add(const fs::path& file) { files_.push_back(file); }

 private:
  std::vector<fs::path> files_;
};

CollectSummary summary_of(const Campaign& campaign, const CampaignTally& tally) {
  constexpr std::size_t kExamples = 5;
  CollectSummary summary;
  summary.visits = campaign.manifest().visits();
  summary.ok = tally.count(CampaignTally::Fate::ok);
  summary.refused = tally.count(CampaignTally::Fate::refused);
  summary.failed = tally.count(CampaignTally::Fate::failed);
  summary.missing = tally.count(CampaignTally::Fate::missing);
  summary.stale = tally.stale();
  summary.duplicates = tally.duplicates();
  for (const CampaignTally::Part& part : tally.parts()) {
    if (!part.error.empty()) summary.unreadable.push_back(part.error);
  }
  if (summary.missing == 0) return summary;
  const std::vector<std::string> keys = campaign.point_keys();
  for (std::size_t i = 0; i < tally.visits().size(); ++i) {
    if (tally.visits()[i].fate != CampaignTally::Fate::missing) continue;
    summary.missing_examples.push_back(keys[tally.visit(i).point]);
    if (summary.missing_examples.size() == kExamples) break;
  }
  return summary;
}

}  // namespace

CollectSummary collect(const Campaign& campaign) {
  // Two that collect at a time would replace each other's files.
  const FileDescriptor lock = wait_for_lock(campaign.folder() / "collect.lock");
  const Intents intents = read_intents(campaign.folder());
  const CampaignTally tally(campaign, intents);
  const StepEnergies energies = step_energies(intents, read_attempts(campaign.folder()));
  CollectSummary summary = summary_of(campaign, tally);
  std::vector<ResultPart> results, duplicates;
  Leftovers leftovers;
  for (std::size_t i = 0; i < tally.parts().size(); ++i) {
    const CampaignTally::Part& part = tally.parts()[i];
    if (!part.error.empty()) continue;
    fs::path file = part.file;
    if (part.journal && !fs::exists(file)) {
      file = file_of_journal(part);
      leftovers.add(file);
    }
    Choice choice = choose(tally, static_cast<std::int32_t>(i), file);
    if (const auto found = energies.find({part.shard, part.attempt}); found != energies.end()) {
      choice.result.slurm_energy = choice.duplicates.slurm_energy = found->second;
      summary.accounted.add(file, found->second);
    }
    if (choice.any) results.push_back(std::move(choice.result));
    if (choice.any_duplicate) duplicates.push_back(std::move(choice.duplicates));
  }
  summary.files = std::ssize(results);
  if (!results.empty()) concatenate(campaign.result_file(), results);
  if (!duplicates.empty()) concatenate(campaign.duplicates_file(), duplicates);
  return summary;
}

}  // namespace ergon
