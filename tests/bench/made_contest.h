#pragma once

#include <span>

#include "bench/contest.h"

namespace ergon {

// A GEMM of 128 x 64 x 64 on one thread, 128 rows so that it is judged; gemm/reference is ours and
// gemm/openblas the peer, whether it is installed or not. No samples yet; outputs are right.
[[nodiscard]] Contest made_contest();

// One block's samples of a contender, each this long; none was switched.
void add_block(Contender& contender, int block, std::span<const double> seconds);

// Five blocks of two samples: ours takes 1 ms a launch, the peer `ratio` as long, the ceiling as
// long as makes us reach `of_ceiling` of it. Noise of 1 % alternates between blocks.
void fill_contest(Contest& contest, double ratio, double of_ceiling);

}  // namespace ergon
