#pragma once

#include <span>
#include <vector>

#include "bench/contest.h"

namespace ergon {

// A geometric mean with its 95 % interval; NaN where there is too little to tell.
struct Ratio {
  double value, low, high;
};

// Of numbers given by their logarithms, one a block: Student's interval of their mean.
[[nodiscard]] Ratio ratio_over_blocks(std::span<const double> logs);

// Of several ratios, whose errors are independent; freedom by Welch and Satterthwaite. `blocks` are
// what each ratio is the mean of.
[[nodiscard]] Ratio mean_ratio(std::span<const Ratio> ratios, int blocks);

// Fewer samples than this without a context switch, and a result is marked.
inline constexpr int kCleanSamplesMin = 5;

// Number of a contender's samples without a context switch.
[[nodiscard]] int count_clean(const Contender& contender);

// What a contest comes to. A block's time is the median of a contender's samples in it; samples
// with a context switch are dropped. Where a contender of the comparison has fewer than
// kCleanSamplesMin others, the result is marked, and of all contenders the shortest sample of each
// block counts, switched or not: a launch of a second is hardly ever left alone.
struct ContestResult {
  const Contender* ours = nullptr;  // the fastest of ours; null where none took part
  const Contender* peer = nullptr;  // the fastest of the peers
  Seconds ours_time, peer_time;     // a launch's, geometric mean over blocks
  Ratio ratio;                      // time of the peer by ours: above 1 ours is faster
  Ratio of_ceiling;                 // our rate by the ceiling's
  double rate = 0, peer_rate = 0;   // FLOP/s, or B/s where the ceiling is of bytes
  bool few_clean = false;
};

// Borrows the contest.
[[nodiscard]] ContestResult result_of(const Contest& contest);

}  // namespace ergon
