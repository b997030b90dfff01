#include "harness/config/spelling.h"

#include <fmt/format.h>

#include <algorithm>

namespace ergon {

// Optimal string alignment: Levenshtein's table, with swaps of neighbours (Damerau 1964).
int edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<int>> distance(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        distance[i][j] = static_cast<int>(i + j);
        continue;
      }
      const int replace = distance[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      distance[i][j] = std::min({replace, distance[i - 1][j] + 1, distance[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
    }
  }
  return distance[a.size()][b.size()];
}

std::string did_you_mean(std::string_view word, std::span<const std::string> known) {
  if (word.size() > 64) return "";  // no word of ours is near it, and the table is quadratic
  const int farthest = std::max<int>(1, static_cast<int>(word.size()) / 3);
  const std::string* nearest = nullptr;
  int nearest_distance = farthest + 1;
  for (const std::string& candidate : known) {
    const bool begun = word.size() >= 3 && candidate.starts_with(word);
    const int distance = begun ? 0 : edit_distance(word, candidate);
    if (distance < nearest_distance) {
      nearest_distance = distance;
      nearest = &candidate;
    }
  }
  return nearest == nullptr ? "" : fmt::format("; did you mean '{}'?", *nearest);
}

std::string joined(std::span<const std::string> words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace ergon
