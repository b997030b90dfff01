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

BlockTally measure_blocks(std::span<const Visit> visits, const Protocol& protocol,
                          int primary_channel, Clock& clock, BlockWork& work) {
  BlockTally tally;
  const std::int64_t block_ns = nanoseconds(protocol.block_max);
  std::size_t end = 0;  // of the block
  bool again = false;
  std::vector<IdleStretch> before = work.measure_idle();
  for (std::size_t begin = 0; begin < visits.size() && !work.interrupted();) {
    const std::int64_t block_end_ns = clock.now_ns() + block_ns;
    work.measure_sentinels();
    if (!again) end = visits.size();
    std::size_t at = begin;
    while (at < end && !work.interrupted()) {
      // A block that is measured again has the same points, whatever time they take.
      if (!again && at > begin && clock.now_ns() >= block_end_ns) break;
      work.measure_point(visits[at++], again);
    }
    end = at;
    if (end == visits.size() && !work.interrupted()) work.measure_sentinels();
    std::vector<IdleStretch> after = work.measure_idle();
    const bool spoilt = drifted(before, after, primary_channel, protocol.half_width_max);
    before = std::move(after);
    ++tally.blocks;
    if (spoilt && !again && !work.interrupted()) {
      ++tally.again;
      again = true;
      continue;
    }
    tally.rejected += spoilt ? 1 : 0;
    begin = end;
    again = false;
  }
  return tally;
}

}  // namespace ergon
