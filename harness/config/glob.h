#pragma once

#include <string_view>

namespace ergon {

// Whether the whole of `text` matches: `*` stands for any characters, `?` for one.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace ergon
