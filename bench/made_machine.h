#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "analysis/statistics.h"
#include "harness/record/results.h"

namespace ergon {

// A machine whose truth is known: E = static x T + e_flop F + e_byte Q, T = launch + the FLOPs' and
// bytes' time x an inefficiency that varies smoothly over shapes. The inefficiency is seeded and
// never told to a fit.
class MadeMachine {
 public:
  explicit MadeMachine(std::uint64_t seed);

  struct Cost {
    double joules = 0, seconds = 0;
  };
  // Without noise.
  [[nodiscard]] Cost cost(const Problem& gemm) const;
  // 1.0 where the machine is as fast as its coefficients; up to some 1.5.
  [[nodiscard]] double inefficiency(const Problem& gemm) const;

 private:
  struct Wave {
    std::array<double, 3> direction{};  // radians per octave of m, n, k
    double phase = 0, amplitude = 0;
  };
  std::vector<Wave> waves_;
};

// The shapes that records are drawn from: m, n, k log-uniform in [low, high].
struct ShapeBox {
  double low = 32, high = 4096;
};
[[nodiscard]] Problem draw_inside(const ShapeBox& box, SplitMix& random);
// One axis or more is outside the box, by a factor of up to four.
[[nodiscard]] Problem draw_outside(const ShapeBox& box, SplitMix& random);

// Records of that machine with noise of 1 % on energy and 0.5 % on time, marked simulated.
[[nodiscard]] Results simulate_records(const MadeMachine& machine,
                                       const std::vector<Problem>& problems, SplitMix& random);

}  // namespace ergon
