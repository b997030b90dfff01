#pragma once

#include <span>

namespace ergon {

// Makes OpenMP's threads as those of a team (kernels/cpu/team.h): n, pinned, with subnormals
// flushed, and the default for regions that ask for no number. What a library that runs on OpenMP
// calls first in bind and launch; a comparison where this thread's last call asked for the same n.
// Its threads spin for some ms after a region before they sleep. Throws Error where OpenMP gives
// fewer.
void prepare_openmp(int threads);

// The system's numbers of the threads that this thread's last call made, itself first; empty where
// it has made none. Holds until the next call.
[[nodiscard]] std::span<const int> openmp_threads();

}  // namespace ergon
