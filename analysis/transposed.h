#pragma once

#include <cstddef>
#include <vector>

namespace ergon {

// A row-major matrix of so many columns, column by column.
[[nodiscard]] inline std::vector<double> transposed(const std::vector<double>& values,
                                                    std::size_t columns) {
  std::vector<double> result;
  result.reserve(values.size());
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t i = c; i < values.size(); i += columns) result.push_back(values[i]);
  }
  return result;
}

}  // namespace ergon
