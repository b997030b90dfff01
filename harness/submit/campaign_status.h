#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/submit/campaign.h"
#include "harness/submit/shard_state.h"
#include "harness/units.h"

namespace ergon {

// How far a campaign is, counted in points (in every replicate), as its tasks say themselves.
// `collect` and `resume` go by what was measured.
struct CampaignStatus {
  std::int64_t total = 0, done = 0;
  std::int64_t failed = 0;   // of the done
  std::int64_t running = 0;  // in shards that run now, and not done yet
  std::int64_t waiting = 0;
  std::int64_t lost = 0;     // nobody's: `ergon resume`
  std::int64_t unknown = 0;  // in shards of which the scheduler does not tell
  double rate = 0;           // points a second, of all shards that run now
  Seconds left = {};         // NaN where nothing runs
  Joules energy = {};        // of every attempt; NaN where nothing was metered
  EnergyStatus energy_status = EnergyStatus::unmeasured;
  bool mixed = false;                           // several energy statuses, which do not add
  std::map<std::string, std::int64_t> reasons;  // points that wait, by why
  std::vector<ShardState> shards;
  bool answered = true;  // the scheduler did
  std::string why_not;
};

// Makes one query of the scheduler. Throws Error where the campaign is damaged.
[[nodiscard]] CampaignStatus campaign_status(const Campaign& campaign);

// The shards that are lost, the newest last, with the end of their logs; at most `most`.
struct LostShard {
  ShardState state;
  std::string point;             // key of the one it was at; empty: none
  std::vector<std::string> log;  // last lines
  std::string log_file;
};
[[nodiscard]] std::vector<LostShard> lost_shards(const Campaign& campaign,
                                                 const CampaignStatus& status, std::size_t most);

}  // namespace ergon
