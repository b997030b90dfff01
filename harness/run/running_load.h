#pragma once

#include <cstdint>
#include <vector>

#include "harness/meter/sampler.h"
#include "harness/run/rig.h"
#include "harness/units.h"

namespace ergon {

// An edge and the launches done by then since the phase began.
struct LoadedEdge {
  Edge edge;
  double launches = 0;
};

// Keeps the load running, and finds edges meanwhile.
class RunningLoad {
 public:
  // Borrows the rig for its life. `per_launch` sizes the batches between looks at the sampler.
  RunningLoad(const Rig& rig, Seconds per_launch);

  // Launches until `until_ns`, at least one batch; the time per launch.
  Seconds run_until(std::int64_t until_ns);

  // Launches nothing for so long; what comes next starts anew.
  void rest(Seconds length);

  // Asks for the first edge from `from_ns` on and launches until it is there. Throws Error where it
  // does not come.
  void find_edge(std::int64_t from_ns, LoadedEdge& found);

 private:
  struct Stamp {
    std::int64_t time_ns, launches;
  };

  void launch_batch(std::int64_t count);
  [[nodiscard]] double launches_at(std::int64_t time_ns) const;

  const Rig& rig_;
  double per_launch_s_;
  std::int64_t batch_;
  std::vector<Stamp> stamps_;  // the last before what is waited for, and all since
};

}  // namespace ergon
