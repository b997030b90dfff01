#pragma once

#include <cstdint>

namespace ergon {

// What a table fitted to `points` simulated records says of fresh shapes.
struct TableProof {
  double error_inside = 0;    // mean |predicted / measured - 1|, fresh shapes inside
  double error_flops = 0;     // the same by one J/FLOP
  double flagged_inside = 0;  // share flagged as extrapolated
  double flagged_outside = 0;
  double coverage = 0;  // share of fresh records within their 90 % interval
};
[[nodiscard]] TableProof prove_table(std::uint64_t seed, int points, int fresh);

}  // namespace ergon
