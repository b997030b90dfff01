#pragma once

#include <memory>
#include <string>

#include "harness/config/protocol.h"
#include "harness/meter/sampler.h"
#include "harness/record/record.h"
#include "harness/run/watch.h"
#include "kernels/device.h"

namespace ergon {

// Measures points: bind, check against the reference, settle, time, meter. A point that refuses,
// fails its check or throws is a record with a status and a reason; run() itself does not throw
// for a point's sake. The point's budget of time begins after the check.
class Runner {
 public:
  // Borrows device, sampler and watch for its life. `unmeasured_reason` goes into records where the
  // sampler has no channels.
  Runner(Device& device, Sampler& sampler, Watch& watch, Protocol protocol,
         std::string unmeasured_reason);
  ~Runner();
  [[nodiscard]] Record run(const Point& point);
  [[nodiscard]] std::vector<IdleStretch> idle();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The status of energy that comes from a source and has no fault.
[[nodiscard]] EnergyStatus energy_status_of(Source);

// What the windows of a record amount to: its energy status, and the reason where that is not the
// best one. `primary`: the channel whose source counts; null where nothing is metered.
void judge_energy(Record& record, const Channel* primary, int windows_min,
                  const std::string& unmeasured_reason);

}  // namespace ergon
