#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace ergon {

// Cycles of shared memory, 32 banks of 4 bytes, that one instruction of a warp takes beyond the
// fewest: lanes go in fours, eights, halves or all at once, 128 bytes of them together, and take
// one cycle where no two want different words of one bank. `place` gives a lane's first byte.
template <int kBytes, class Place>
int bank_conflicts(const Place& place) {
  constexpr int kTogether = std::min(32, 128 / kBytes);
  int conflicts = 0;
  for (int first = 0; first < 32; first += kTogether) {
    std::array<std::set<int>, 32> words;
    for (int lane = first; lane < first + kTogether; ++lane) {
      for (int byte = 0; byte < kBytes; byte += 4) {
        const int word = (place(lane) + byte) / 4;
        words[static_cast<std::size_t>(word % 32)].insert(word);
      }
    }
    std::size_t cycles = 1;
    for (const std::set<int>& bank : words) cycles = std::max(cycles, bank.size());
    conflicts += static_cast<int>(cycles) - 1;
  }
  return conflicts;
}

}  // namespace ergon
