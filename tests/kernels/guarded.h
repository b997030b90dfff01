#pragma once

#include <cstddef>

#include "kernels/device.h"

namespace ergon {

// Where an operand lies between two pages that cannot be touched.
enum class Placement { at_front, at_back };

// Memory that faults when it is left: a page without rights before and after. Operands begin at a
// multiple of 64 bytes, as every Device::allocate gives, so at the back up to 63 bytes are between
// the operand and the page; these and what else surrounds it hold 0xff, which is NaN to whom reads.
class Guarded {
 public:
  Guarded(std::size_t bytes, Placement placement);
  [[nodiscard]] const Buffer& buffer() const { return buffer_; }
  // Whether nobody wrote to the bytes around the operand.
  [[nodiscard]] bool surroundings_intact() const;

 private:
  std::size_t bytes_;
  std::byte* pages_;  // the first that may be touched
  std::size_t page_bytes_;
  Buffer buffer_;  // unmaps all of it
};

}  // namespace ergon
