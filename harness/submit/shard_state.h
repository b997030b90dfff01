#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/submit/attempt.h"
#include "harness/submit/intents.h"
#include "harness/submit/scheduler.h"

namespace ergon {

// What is known of a shard now: its own files first, then the scheduler's answer.
struct ShardState {
  enum class Phase : std::uint8_t {
    done,
    ended,  // before it was done, which is on record; later submissions have what it left
    running,
    waiting,  // with the scheduler, or for it to be handed over
    lost,     // the scheduler has answered, and has it no more; what it left is nobody's
    unknown   // the scheduler has not answered
  };
  int shard = 0;
  Phase phase = Phase::unknown;
  std::string state, reason, node;  // as far as they are known
  std::int64_t visits = 0, done = 0;
  std::string visit;  // of a shard that is lost: what it was at
};

// The state of every shard of a campaign, in order. `queue` is the answer for all their jobs.
[[nodiscard]] std::vector<ShardState> shard_states(const Intents& intents,
                                                   std::span<const Attempt> attempts,
                                                   const Queue& queue);

// Asks every scheduler that has had jobs of the campaign, once each: commonly one. Where one does
// not answer, the whole is no answer.
[[nodiscard]] Queue ask_schedulers(const Intents& intents);

// Asks the accounting why shards were lost that the queue has forgotten, and says it in their
// states.
void name_causes(const Intents& intents, std::vector<ShardState>& states);

}  // namespace ergon
