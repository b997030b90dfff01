#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/meter/characterise.h"
#include "harness/meter/meter.h"

namespace ergon {

// Mean power that a channel shows under a load that is on for a quarter of the channel's update
// period T and off for the rest, by where in T it goes on.
struct SquareWave {
  Seconds period{0};            // T, as found; 0 where it was not
  std::vector<Watts> by_phase;  // eight phases of T / 8 each
  double spread = 0;            // (most - least) / mean of them; NaN where not known
  bool part_time = false;
  std::string verdict;  // one line of text; why, where it is not known
};

// Whether a channel looks part of the time: one that sees all of it shows the same power whenever
// in its period the load is on; one that looks for a quarter shows all of the load at one phase and
// none of it at others (Yang, Adamek & Armour 2024, "Part-time power measurements"). Takes some
// 14 T and 3 s beside eight times 12 T by `clock`; leaves the load off.
[[nodiscard]] SquareWave square_wave(Clock& clock, Meter& meter, std::size_t channel,
                                     SwitchedLoad& load);

}  // namespace ergon
