#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/config/point.h"
#include "harness/run/load.h"
#include "harness/run/operands.h"
#include "kernels/cuda/cuda_device.h"
#include "kernels/device.h"
#include "kernels/kernel.h"

namespace ergon {

// A point's kernel, bound once to each of its sets of operands; launches take the sets in turn.
//
// On a GPU a launch only queues, which takes the host some 3 us, and waiting for it some 10 us more
// (expected): launches of what is shorter are recorded and replayed. While the load runs ahead two
// replays are in flight: the host waits for the older, and has the length of the other to queue one
// more, so that the queue neither runs dry nor grows.
class KernelLoad final : public Load {
 public:
  // Allocates and fills `sets` copies of `operands` on the device, which it borrows, and binds.
  // Throws what binding throws.
  KernelLoad(const Point& point, const OperandBytes& operands, std::int64_t sets, Device& device);
  // Throws Error where the device reports that a launch failed.
  void launch(std::int64_t count) override;
  void stop() override;
  [[nodiscard]] Seconds sample_min() const override;
  bool prepare(std::int64_t& count) override;
  std::int64_t run_ahead(Seconds per_launch, Seconds sensor_period) override;
  // The operands of the first launch, in the primitive's order.
  [[nodiscard]] const std::vector<Buffer>& first_set() const { return sets_.front(); }
  // Why launches that should have been recorded were not; empty where they were, or need not be.
  [[nodiscard]] const std::string& why_not_recorded() const { return why_not_recorded_; }

 private:
  bool record(std::int64_t count);
  void launch_recorded(std::int64_t rounds);
  void expect_done(int left);

  Device& device_;
  std::vector<std::vector<Buffer>> sets_;
  std::vector<Launch> launches_;
  std::size_t next_ = 0;
  std::unique_ptr<Replay> replay_;  // of recorded_ launches, from the first set on
  std::int64_t recorded_ = 0;
  int in_flight_ = 0;  // rounds of the replay that are queued and not known to be done
  bool ahead_ = false;
  std::string why_not_recorded_;
};

}  // namespace ergon
