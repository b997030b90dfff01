#include "harness/submit/campaign_tally.h"

#include <algorithm>
#include <set>

#include "harness/record/journal.h"
#include "harness/record/run_facts.h"
#include "harness/sha256.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

CampaignTally::Fate fate_of(const RecordIndex::Row& row) {
  switch (row.run_status) {
    case RunStatus::ok:
      return CampaignTally::Fate::ok;
    case RunStatus::refused:
      return CampaignTally::Fate::refused;
    case RunStatus::failed:
      return CampaignTally::Fate::failed;
  }
  ERGON_ASSERT(false);
  return CampaignTally::Fate::failed;
}

// Lower is better: ok, refused, failed, missing.
int rank(CampaignTally::Fate fate) {
  return fate == CampaignTally::Fate::missing ? 4 : static_cast<int>(fate);
}

}  // namespace

CampaignTally::CampaignTally(const Campaign& campaign, const Intents& intents)
    : protocol_(campaign.manifest().protocol),
      kernels_hash_(intents.submissions.empty() ? campaign.manifest().kernels_hash
                                                : intents.submissions.back().kernels_hash) {
  points_ = static_cast<std::size_t>(campaign.manifest().points);
  numbers_.reserve(points_);
  std::uint32_t point = 0;
  campaign.each_point_key(
      [&](std::string_view key) { numbers_.emplace(digest_of(sha256(key)), point++); });
  visits_.resize(points_ * static_cast<std::size_t>(campaign.manifest().replicates));
  for (const Attempt& attempt : read_attempts(campaign.folder())) read(campaign, attempt);
}

// One file that is damaged must not keep the others from being collected.
void CampaignTally::read(const Campaign& campaign, const Attempt& attempt) {
  Part part{attempt.shard, attempt.number,
            shard_file(campaign.folder(), attempt.shard, attempt.number), false, ""};
  const fs::path journal = journal_path(part.file);
  part.journal = !fs::exists(part.file);
  if (part.journal && !fs::exists(journal)) return;  // it ended before it measured
  const auto number = static_cast<std::int32_t>(parts_.size());
  try {
    count_rows(part.journal ? index_of(read_journal(journal)) : read_record_index(part.file),
               number);
  } catch (const Error& error) {
    // A process that ended meanwhile has made a file of its journal.
    if (part.journal && fs::exists(part.file)) return read(campaign, attempt);
    part.error = error.what();
  }
  parts_.push_back(std::move(part));
}

void CampaignTally::count_rows(const RecordIndex& index, std::int32_t part) {
  std::set<std::int64_t> counted;  // a run may measure a point again, which counts once
  for (const RecordIndex::Row& row : index.rows) {
    if (row.sentinel) continue;
    const auto found = numbers_.find(row.point);
    if (found == numbers_.end()) {
      ++foreign_;
      continue;
    }
    const std::int64_t of = number(index, row);
    if (of < 0) {
      const std::size_t place = found->second + static_cast<std::size_t>(row.replicate) * points_;
      if (place < visits_.size()) visits_[place].stale = true;
      continue;
    }
    Visited& visit = visits_[static_cast<std::size_t>(of)];
    const std::int64_t started = index.runs[static_cast<std::size_t>(row.run)].started_utc_ns;
    if (counted.insert(of).second) ++visit.times;
    const Fate fate = fate_of(row);
    const bool better = rank(fate) < rank(visit.fate) ||
                        (fate == visit.fate && (visit.part == part || started < visit.started_ns));
    if (visit.fate != Fate::missing && !better) continue;
    visit.fate = fate;
    visit.wrong = row.check_status == CheckStatus::wrong;
    visit.part = part;
    visit.started_ns = started;
  }
}

bool CampaignTally::is_stale(const RecordIndex& index, const RecordIndex::Row& row) const {
  const RecordIndex::Run& run = index.runs[static_cast<std::size_t>(row.run)];
  const std::string& primitive = index.primitives[row.primitive];
  return run.protocol != protocol_ ||
         kernel_hash_in(run.kernels_hash, primitive) != kernel_hash_in(kernels_hash_, primitive);
}

std::int64_t CampaignTally::number(const RecordIndex& index, const RecordIndex::Row& row) const {
  const auto found = numbers_.find(row.point);
  if (row.sentinel || found == numbers_.end() || is_stale(index, row)) return -1;
  const std::size_t of = found->second + static_cast<std::size_t>(row.replicate) * points_;
  return of < visits_.size() ? static_cast<std::int64_t>(of) : -1;
}

std::int64_t CampaignTally::count(Fate fate) const {
  return std::ranges::count(visits_, fate, &Visited::fate);
}

std::int64_t CampaignTally::duplicates() const {
  std::int64_t sum = 0;
  for (const Visited& visit : visits_) sum += std::max(0, visit.times - 1);
  return sum;
}

std::int64_t CampaignTally::stale() const {
  return std::ranges::count_if(
      visits_, [](const Visited& visit) { return visit.stale && visit.fate == Fate::missing; });
}

}  // namespace ergon
