#pragma once

#include <string>

#include "harness/config/yaml.h"

namespace ergon {

// Reads JSON as the YAML that it is, into the same nodes with the same places, but without the YAML
// library. Throws Error with the place for text that is not JSON in UTF-8, has a key twice in one
// object, or is nested deeper than 100 levels. `file` stands in messages.
[[nodiscard]] Yaml parse_json(const std::string& text, const std::string& file);

}  // namespace ergon
