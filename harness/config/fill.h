#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ergon {

struct Yaml;

// What the inputs hold: data changes power by 5-15 %.
struct Fill {
  enum class Kind : std::uint8_t { uniform, normal, zeros, constant, sparse };
  Kind kind = Kind::uniform;  // uniform in [-1, 1]; normal(0, 1); 0; 1; uniform with zeros in it
  int zero_permille = 0;      // sparse: share of zeros, 1..999; else 0
  std::uint64_t seed = 1;
  auto operator<=>(const Fill&) const = default;
};
[[nodiscard]] std::string_view fill_kind_name(Fill::Kind);
[[nodiscard]] std::optional<Fill::Kind> fill_kind_named(std::string_view name);

// Reads one fill: "uniform", "{uniform: {seed: 3}}", "{sparse: {zero_fraction: 0.9, seed: 3}}".
// Throws Error with the place of what is wrong.
[[nodiscard]] Fill read_fill(const Yaml& node);

}  // namespace ergon
