#pragma once

#include <cstdint>

#include "harness/meter/characterise.h"
#include "harness/simulate/sensor.h"
#include "harness/simulate/truth.h"

namespace ergon {

// Characterises a simulated sensor on a simulated machine whose load draws `load` above idle, in
// virtual time, by the code that characterises real ones. `seed` is of the switches' order.
[[nodiscard]] Characterisation characterise_virtually(const SensorModel& model,
                                                      const PowerTruth::Machine& machine,
                                                      Watts load, std::uint64_t seed);

}  // namespace ergon
