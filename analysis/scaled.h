#pragma once

#include <string>
#include <string_view>

namespace ergon {

// A number with at most three digits before the point and a prefix: 0.00123, "J" -> "1.23 mJ".
[[nodiscard]] std::string scaled(double value, std::string_view unit);

}  // namespace ergon
