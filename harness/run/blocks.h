#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/clock.h"
#include "harness/config/plan.h"
#include "harness/config/protocol.h"
#include "harness/record/record.h"

namespace ergon {

// What blocks are made of: the real things, or a test's.
class BlockWork {
 public:
  virtual ~BlockWork() = default;
  // The visit to come; none where there is no more. It may be kept over the end of a block.
  virtual std::optional<Visit> next() = 0;
  // Measures and keeps idle stretches; none where nothing is metered.
  virtual std::vector<IdleStretch> measure_idle() = 0;
  virtual void measure_sentinels() = 0;
  // `again`: it was measured before, in a block whose idle power drifted.
  virtual void measure_point(const Visit& visit, bool again) = 0;
  // Called between blocks: lets others that wait for this machine have a turn. True where one had
  // it, so that the idle stretches behind the block before are not those before the next.
  virtual bool pass_turn() { return false; }
  // True where the run is to end after what was begun.
  [[nodiscard]] virtual bool interrupted() const = 0;
};

// What became of the blocks of a run.
struct BlockTally {
  int blocks = 0;
  int again = 0;     // measured a second time, since idle power drifted over them
  int rejected = 0;  // drifted the second time too: their net energy is left out
};

// Measures visits in blocks of about block_max: idle stretches, sentinels, points; then the idle
// stretches of the next block, which are the second bracket of this one. Sentinels close the last
// block. Where idle power has changed too much over a block (idle_drift.h, by the primary channel;
// -1: nothing is metered), its points are measured again, once. Nothing is thrown away: gross
// energy of both stands, and net energy where the brackets agree.
BlockTally measure_blocks(const Protocol& protocol, int primary_channel, Clock& clock,
                          BlockWork& work);

}  // namespace ergon
