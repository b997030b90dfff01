#pragma once

#include <string>
#include <string_view>

namespace ergon {

// Lower-case hexadecimal, 64 digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace ergon
