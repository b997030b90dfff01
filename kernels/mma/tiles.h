#pragma once

#include <cstdint>

namespace ergon {

// The mma probe's operands: four matrices of 16 x 16, row by row, and four of 16 x 8, column by
// column. Few enough that they stay in registers beside the tiles, and more than one of each, so
// that one multiplication's operands differ from the next one's.
inline constexpr std::int64_t kMmaInputs = 4;
inline constexpr std::int64_t kMmaRows = 16;
inline constexpr std::int64_t kMmaColumns = 8;
inline constexpr std::int64_t kMmaDepth = 16;

}  // namespace ergon
