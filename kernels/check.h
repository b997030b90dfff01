#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/device.h"
#include "kernels/problem.h"

namespace ergon {

// What a comparison with the double-precision reference found.
struct Check {
  bool complete = false;  // every element was compared, not a sample of slices
  bool passed = false;
  double error_max = 0;  // largest |kernel - value| / magnitude
  double tolerance = 0;
  std::int64_t checked = 0;  // elements compared
  std::string worst;         // where wrong: "out[3, 17] is 0.5, should be 0.25 +- 1e-6"
};

// Compares the output of a launch that is done with the reference. `operands` are the packed bytes
// of every operand, in order, the last being what the kernel wrote. All slices where that costs at
// most `flops_max`; else the first, the last and random slices (by `seed`) up to it, at least 4.
// An infinity or NaN in the output is wrong. Beyond the tolerance, the smallest normal number of
// the output's dtype is allowed, since kernels flush subnormals to zero; but where the magnitude
// is 0 the output must equal the value. Costly comparisons run on a team of all the process's CPUs.
[[nodiscard]] Check check_output(const Problem& problem,
                                 std::span<const std::vector<std::byte>> operands,
                                 std::int64_t flops_max, std::uint64_t seed);

}  // namespace ergon
