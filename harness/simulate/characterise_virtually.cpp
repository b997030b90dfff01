#include "harness/simulate/characterise_virtually.h"

#include "harness/simulate/machine.h"
#include "harness/simulate/switched_load.h"

namespace ergon {

Characterisation characterise_virtually(const SensorModel& model,
                                        const PowerTruth::Machine& machine, Watts load,
                                        std::uint64_t seed) {
  VirtualClock clock;
  PowerTruth truth(machine);
  truth.set_memory(10 * (model.period + model.window + model.lag));
  SimulatedSwitchedLoad switched(clock, truth, load);
  SensorMeter meter(clock, truth, model);
  return characterise(clock, meter, 0, switched, seed);
}

}  // namespace ergon
