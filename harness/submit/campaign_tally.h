#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/record/record_index.h"
#include "harness/submit/attempt.h"
#include "harness/submit/campaign.h"
#include "harness/submit/intents.h"

namespace ergon {

// What of a campaign has been measured, by its result files and journals alone: nothing that a
// scheduler or a task says of itself counts.
class CampaignTally {
 public:
  // Reads the points of every attempt, from its file or from the journal that a killed process
  // leaves and a running one writes. What counts is what has the kernel sources of the campaign's
  // last submission.
  CampaignTally(const Campaign& campaign, const Intents& intents);

  enum class Fate : std::uint8_t { missing, ok, refused, failed };
  struct Visited {
    Fate fate = Fate::missing;
    bool wrong = false;      // failed, since its output was
    bool stale = false;      // missing, and measured with other kernel sources or another protocol
    std::int32_t part = -1;  // of parts(): the execution that stands in the result
    std::int64_t started_ns = 0;
    int times = 0;  // runs that have measured it
  };
  // A file of one attempt, or its journal where there is no file yet.
  struct Part {
    int shard = 0, attempt = 0;
    std::filesystem::path file;
    bool journal = false;
    std::string error;  // why it could not be read; then it counts for nothing
  };

  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  // By number: point + replicate x points.
  [[nodiscard]] const std::vector<Visited>& visits() const { return visits_; }
  [[nodiscard]] std::size_t number(Visit visit) const {
    return visit.point + static_cast<std::size_t>(visit.replicate) * points_;
  }
  [[nodiscard]] Visit visit(std::size_t number) const {
    return {static_cast<std::uint32_t>(number % points_), static_cast<int>(number / points_)};
  }
  // The number of the visit that a row of a part is of, where it counts in the result or could; -1
  // for sentinels, and for what is stale or of another plan.
  [[nodiscard]] std::int64_t number(const RecordIndex& index, const RecordIndex::Row& row) const;

  [[nodiscard]] std::int64_t count(Fate fate) const;
  [[nodiscard]] std::int64_t duplicates() const;  // executions beyond the first of each visit
  [[nodiscard]] std::int64_t stale() const;
  [[nodiscard]] std::int64_t foreign() const { return foreign_; }  // rows of no point of the plan

 private:
  void read(const Campaign& campaign, const Attempt& attempt);
  void count_rows(const RecordIndex& index, std::int32_t part);
  [[nodiscard]] bool is_stale(const RecordIndex& index, const RecordIndex::Row& row) const;

  std::size_t points_ = 0;
  std::string protocol_, kernels_hash_;
  std::unordered_map<PointDigest, std::uint32_t, HashDigest> numbers_;
  std::vector<Part> parts_;
  std::vector<Visited> visits_;
  std::int64_t foreign_ = 0;
};

}  // namespace ergon
