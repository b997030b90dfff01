#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/record/results.h"
#include "harness/submit/campaign.h"
#include "harness/submit/intents.h"

namespace ergon {

// A campaign of `points` points whose shards measure what a test says they did.
class MadeCampaign {
 public:
  MadeCampaign(const std::filesystem::path& folder, int points, int shards);

  // Results of one run that measured these points, all of one status.
  [[nodiscard]] Results results(const std::string& run, const std::vector<int>& points,
                                RunStatus status = RunStatus::ok) const;
  // Writes them as the next attempt at a shard; gives its number.
  int measure(int shard, const Results& results) const;

  const Campaign& campaign() const { return campaign_; }
  Intents intents() const { return read_intents(campaign_.folder()); }

 private:
  Campaign campaign_;
  Plan plan_;
};

}  // namespace ergon
