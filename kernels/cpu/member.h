#pragma once

#include <span>

namespace ergon {

// The CPUs of the affinity mask that the process had at the first call; at least one.
[[nodiscard]] std::span<const int> process_cpus();

// Makes the calling thread the member `index` of a team: pinned to the index-th of process_cpus()
// and, for all kernels alike, with subnormals flushed to zero (FTZ and DAZ on x86), since an
// underflowing output would cost one kernel 1.5 times its time and another nothing.
void become_member(int index);

}  // namespace ergon
