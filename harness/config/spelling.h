#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ergon {

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
[[nodiscard]] int edit_distance(std::string_view a, std::string_view b);

// "; did you mean 'kernels'?", or empty where no known word is near: one that begins with the word
// (of three letters or more), else the first of the nearest, at most a third of its letters away.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> known);

// "a, b, c"; "none" where there are none.
[[nodiscard]] std::string joined(std::span<const std::string> words);

// The names of a registry or a list of structs with a `name`: names_of(meter::all()).
template <typename Pointers>
[[nodiscard]] std::vector<std::string> names_of(const Pointers& pointers) {
  std::vector<std::string> names;
  for (const auto* each : pointers) names.emplace_back(each->name);
  return names;
}

}  // namespace ergon
