#pragma once

#include <filesystem>
#include <string>

#include "analysis/network/description.h"

namespace ergon {

// A description from the text of a file of configs/networks, or of a config.json. Throws as
// description_of does, and where the text is not YAML.
[[nodiscard]] NetworkDescription parse_description(const std::string& text,
                                                   const std::string& file);
[[nodiscard]] NetworkDescription read_description(const std::filesystem::path& file);

}  // namespace ergon
