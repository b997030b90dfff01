#pragma once

#include <cstdint>
#include <string>

#include "harness/config/protocol.h"
#include "harness/simulate/sensor.h"
#include "harness/simulate/truth.h"

namespace ergon {

// One machine, sensor and kernel to prove a protocol on. What a replicate draws at random is drawn
// from its seed: the sensor's phase and noise, its gain, and a few percent of the power.
struct Trial {
  SensorModel sensor;
  PowerTruth::Machine machine;
  PowerTruth::Load load;  // power above idle
  Seconds per_launch{1e-3};
  double gain_deviation = 0;  // standard deviation of the gain that a replicate draws
};

// What the protocol said of one replicate, and what is true.
struct Outcome {
  Joules truth;     // net energy per launch over the windows
  Joules estimate;  // the protocol's, and half of its 95 % interval, gain apart
  Joules half_width;
  double freedom = 0;        // degrees of freedom behind it
  double gain = 1;           // of this replicate's sensor
  bool flagged = false;      // fewer valid windows than wanted, as a record would say
  std::uint32_t faults = 0;  // WindowFault bits of its windows
  Seconds elapsed;           // from the first idle stretch to the last
  Seconds loaded;            // of that, settling and windows
  int windows = 0;           // that count
};

// The protocol, by the code that measures real points, in virtual time.
[[nodiscard]] Outcome replicate(const Trial& trial, const Protocol& protocol, std::uint64_t seed);

// The naive way: the counter's difference around one run, less idle power from such a difference
// over a second. A run is one launch, or as many as last a second.
[[nodiscard]] Outcome replicate_naively(const Trial& trial, std::uint64_t seed);

}  // namespace ergon
