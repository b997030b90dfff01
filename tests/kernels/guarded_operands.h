#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/problem.h"
#include "tests/kernels/guarded.h"

namespace ergon {

// A problem's operands (operands.h), each between pages that fault.
class GuardedOperands {
 public:
  GuardedOperands(const Problem& problem, Placement placement);
  [[nodiscard]] std::span<const Buffer> buffers() const { return buffers_; }
  // 0xff, every bit set, is NaN in every floating-point dtype; 0x5a finite in all.
  void spoil_output(int byte);
  // The operands with the output as it is now.
  [[nodiscard]] std::vector<std::vector<std::byte>> result() const;
  // Whether neither an input nor what surrounds an operand was written to.
  [[nodiscard]] bool only_output_changed() const;

 private:
  std::vector<std::vector<std::byte>> bytes_;
  std::vector<Guarded> guarded_;
  std::vector<Buffer> buffers_;
};

}  // namespace ergon
