#include "analysis/scaled.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace ergon {

std::string scaled(double value, std::string_view unit) {
  static constexpr std::pair<double, std::string_view> kPrefixes[] = {
      {1e15, "P"}, {1e12, "T"}, {1e9, "G"},  {1e6, "M"},  {1e3, "k"},
      {1, ""},     {1e-3, "m"}, {1e-6, "u"}, {1e-9, "n"}, {1e-12, "p"}};
  for (const auto& [scale, prefix] : kPrefixes) {
    if (std::abs(value) >= scale) return fmt::format("{:.4g} {}{}", value / scale, prefix, unit);
  }
  return fmt::format("{:.4g} {}", value, unit);
}

}  // namespace ergon
