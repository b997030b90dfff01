#pragma once

#include <vector>

#include "harness/comm/comm.h"

namespace ergon {

// CPUs of the ranks of one node, by rank, from those that each may run on: where all may run on the
// same ones, as where the launcher bound nobody, each gets its part of them, so that no two measure
// on one CPU. Where there are fewer CPUs than ranks, or the launcher gave out parts itself, they
// stay what they were.
[[nodiscard]] std::vector<std::vector<int>> part_cpus(const std::vector<std::vector<int>>& allowed);

// Does that for all ranks, in this process. To be called on all of them, before anything asks which
// CPUs the process has (kernels/cpu/team.h).
void share_cpus(Comm& comm);

}  // namespace ergon
