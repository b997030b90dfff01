#pragma once

#include <cstdint>
#include <vector>

#include "harness/config/sweep.h"

namespace ergon {

// The product of a group: its points by index, made when asked for. Borrows the group.
class GroupPoints {
 public:
  explicit GroupPoints(const Sweep::Group& group);

  // Number of points; the largest int64 where there are more.
  [[nodiscard]] std::int64_t count() const { return count_; }

  // Point `index` of 0 .. count() - 1. The weights change fastest, the kernel slowest.
  [[nodiscard]] Point at(std::int64_t index) const;

 private:
  struct OptionAxis {
    std::size_t option;                 // index into the primitive's options
    std::vector<std::uint8_t> choices;  // indices into its values
  };

  void multiply(std::size_t values);

  const Sweep::Group& group_;
  const Primitive& primitive_;
  std::vector<std::vector<std::size_t>> axis_places_;  // per ZippedAxes: indices into extents
  std::vector<OptionAxis> options_;
  std::int64_t count_ = 1;
};

}  // namespace ergon
