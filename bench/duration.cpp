#include "bench/duration.h"

#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace ergon {

std::string duration_text(Seconds time) {
  if (!std::isfinite(time.value)) return "?";
  if (time.value < 10) return fmt::format("{:.2f} s", time.value);
  const auto all = static_cast<std::int64_t>(std::ceil(time.value));
  if (all >= 86400) return fmt::format("{} d {:02} h", all / 86400, all / 3600 % 24);
  if (all >= 3600) return fmt::format("{} h {:02} min", all / 3600, all / 60 % 60);
  if (all >= 60) return fmt::format("{} min {:02} s", all / 60, all % 60);
  return fmt::format("{} s", all);
}

}  // namespace ergon
