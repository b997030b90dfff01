#pragma once

#include "bench/contest.h"
#include "harness/clock.h"
#include "harness/simulate/random.h"
#include "kernels/device.h"

namespace ergon {

// How a block is measured.
struct BlockProtocol {
  int samples = 5;             // wanted of each contender without a context switch; twice as many
                               // are tried
  Seconds sample_min{1e-3};    // launches are as many as take this; one, where it takes longer
  Seconds contender_max{0.4};  // no sample begins after it; two are taken in any case
};

// Measures each contender of a contest, and its ceiling, once more, in random order, all of them on
// the same operands. The first block finds who can take part, holds every output against the
// reference and counts the launches of a sample. Blocks of one contest should be far apart in time:
// what else the machine does then differs between them, and the interval tells.
void measure_block(Contest& contest, int block, const BlockProtocol& protocol, Device& device,
                   Clock& clock, Random& random);

// Involuntary context switches of all threads of this process so far.
[[nodiscard]] std::int64_t involuntary_switches();

}  // namespace ergon
