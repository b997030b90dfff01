#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/submit/campaign.h"
#include "harness/submit/intents.h"
#include "harness/submit/shard_state.h"
#include "harness/submit/site.h"

namespace ergon {

struct ResumeOptions {
  bool failed = true;     // measure points again that failed; never those whose output was wrong
  bool given_up = false;  // and those that ended their task too often
  bool stale = false;     // and those that were measured with other kernel sources
};

// What is left to do of a campaign.
struct Remainder {
  std::vector<Visit> visits;                   // to be submitted
  std::vector<EndedShard> ended;               // shards that were found lost, to be put on record
  std::vector<std::string> exclude;            // nodes that have lost too many tasks
  std::map<std::string, std::int64_t> causes;  // shards by the state they were lost in
  std::int64_t done = 0, live = 0;  // live: visits of shards that run, wait or are not known of
  std::int64_t wrong = 0, failed = 0, given_up = 0;  // visits that are left out
  std::int64_t stale = 0;  // measured with other kernel sources or protocol; left out unless asked
};

// Decides by the files of all attempts, and the states of the shards. A shard that is lost leaves
// its visits to be shared out; of one that may be alive nothing is. A visit that was under way when
// its task ended is not measured again once it ended attempts_max tasks, or one by running out of
// memory.
[[nodiscard]] Remainder remainder(const Campaign& campaign, const Intents& intents,
                                  const std::vector<ShardState>& states, const Site& site,
                                  const ResumeOptions& options);

}  // namespace ergon
