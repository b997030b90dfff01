#include "harness/run/blocks.h"

#include <optional>

#include "harness/record/idle_drift.h"
#include "harness/run/edge_timing.h"

namespace ergon {
namespace {

std::optional<IdlePower> power_of(const std::vector<IdleStretch>& bracket, int channel) {
  std::vector<const IdleStretch*> stretches;
  for (const IdleStretch& stretch : bracket) stretches.push_back(&stretch);
  return idle_power(stretches, channel);
}

// False where one of them is not known: then there is nothing to hold the other against.
bool drifted(const std::vector<IdleStretch>& before, const std::vector<IdleStretch>& after,
             int channel, double half_width_max) {
  const std::optional<IdlePower> first = power_of(before, channel);
  const std::optional<IdlePower> second = power_of(after, channel);
  return first && second && idle_drift(*first, *second, half_width_max).rejects;
}

}  // namespace

BlockTally measure_blocks(const Protocol& protocol, int primary_channel, Clock& clock,
                          BlockWork& work) {
  BlockTally tally;
  const std::int64_t block_ns = nanoseconds(protocol.block_max);
  std::vector<Visit> block;
  std::optional<std::vector<IdleStretch>> before;
  std::optional<Visit> next = work.next();
  bool again = false;
  while ((again || next) && !work.interrupted()) {
    if (!before) before = work.measure_idle();
    const std::int64_t block_end_ns = clock.now_ns() + block_ns;
    work.measure_sentinels();
    // A block that is measured again has the same points, whatever time they take.
    for (std::size_t i = 0; again && i < block.size() && !work.interrupted(); ++i) {
      work.measure_point(block[i], again);
    }
    if (!again) block.clear();
    while (!again && next && !work.interrupted()) {
      if (!block.empty() && clock.now_ns() >= block_end_ns) break;
      block.push_back(*next);
      work.measure_point(*next, again);
      next = work.next();
    }
    if (!next && !work.interrupted()) work.measure_sentinels();
    std::vector<IdleStretch> after = work.measure_idle();
    const bool spoilt = drifted(*before, after, primary_channel, protocol.half_width_max);
    before = std::move(after);
    ++tally.blocks;
    again = spoilt && !again && !work.interrupted();
    tally.again += again ? 1 : 0;
    if (again) continue;
    tally.rejected += spoilt ? 1 : 0;
    if (next && !work.interrupted() && work.pass_turn()) before.reset();
  }
  return tally;
}

}  // namespace ergon
