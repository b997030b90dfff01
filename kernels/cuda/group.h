#pragma once

#include "kernels/cuda/lanes.h"

namespace ergon::ERGON_CUDA {

struct Larger {
  ERGON_LANE static float of(float a, float b) { return max(a, b); }
};
struct Plus {
  ERGON_LANE static float of(float a, float b) { return a + b; }
};

// Of a value of each of kLanes threads, a power of two of neighbours: all of them receive the same
// bits, since Combine is commutative and the tree is the same for each.
template <class Combine, int kLanes, class T>
ERGON_LANE T combine_lanes(T value) {
  static_assert(kLanes <= 32 && (kLanes & (kLanes - 1)) == 0);
  ERGON_UNROLL
  for (int mask = kLanes / 2; mask > 0; mask /= 2) {
    value = Combine::of(value, shuffle_xor(value, mask));
  }
  return value;
}

// What combine_group needs of shared memory for one combination, in floats.
inline constexpr int kGroupSlots = 32;

// The same of a group of up to 1024 threads, a whole block where it is more than a warp; through
// `slots`, which may be used again behind the next barrier of the block.
template <class Combine, int kLanes>
ERGON_LANE float combine_group(float value, float* slots) {
  if constexpr (kLanes <= 32) {
    return combine_lanes<Combine, kLanes>(value);
  } else {
    constexpr int kWarps = kLanes / 32;
    value = combine_lanes<Combine, 32>(value);
    if (lane_index() == 0) slots[warp_index()] = value;
    block_barrier();
    return combine_lanes<Combine, kWarps>(slots[lane_index() % kWarps]);
  }
}

}  // namespace ergon::ERGON_CUDA
