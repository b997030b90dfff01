#pragma once

#include <string_view>

#include "harness/meter/channel.h"
#include "harness/simulate/sensor.h"
#include "harness/units.h"

namespace ergon {

// A sensor to simulate, and what the machine behind it draws.
struct SimulatedSensor {
  SensorModel model;
  Watts idle{60};
  Watts load{140};  // above idle
};

// The names that parse_sensor knows, for a help text.
inline constexpr std::string_view kSensorNames =
    "period_s, window_s, lag_s, quantum, noise, jitter, idle_watts, load_watts, power (1: a power "
    "reading, 0: an energy counter) as name=value,...";

// Reads "period_s=0.1,window_s=0.025": what is not named is that of `fallback`. Throws Error, which
// `what` begins ("characterise: --simulated"), where a name is unknown or a value makes no sense.
[[nodiscard]] SimulatedSensor parse_sensor(std::string_view text, const SimulatedSensor& fallback,
                                           std::string_view what);

// A sensor of 100 ms that sees all of the time, with 1 % of noise.
[[nodiscard]] SimulatedSensor typical_sensor();

// A sensor with the channel's facts; what a channel does not state is as in typical_sensor().
[[nodiscard]] SimulatedSensor sensor_of(const Channel& channel);

}  // namespace ergon
