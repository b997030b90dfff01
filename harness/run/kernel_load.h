#pragma once

#include <cstdint>
#include <vector>

#include "harness/config/point.h"
#include "harness/run/load.h"
#include "harness/run/operands.h"
#include "kernels/device.h"
#include "kernels/kernel.h"

namespace ergon {

// A point's kernel, bound once to each of its sets of operands; launches take the sets in turn.
class KernelLoad final : public Load {
 public:
  // Allocates and fills `sets` copies of `operands` on the device, which it borrows, and binds.
  // Throws what binding throws.
  KernelLoad(const Point& point, const OperandBytes& operands, std::int64_t sets, Device& device);
  // Throws Error where the device reports that a launch failed.
  void launch(std::int64_t count) override;
  // The operands of the first launch, in the primitive's order.
  [[nodiscard]] const std::vector<Buffer>& first_set() const { return sets_.front(); }

 private:
  Device& device_;
  std::vector<std::vector<Buffer>> sets_;
  std::vector<Launch> launches_;
  std::size_t next_ = 0;
};

}  // namespace ergon
