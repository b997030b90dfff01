#pragma once

#include <optional>
#include <string>

namespace ergon {

// What a JSON Schema has against a document: empty where it keeps it, none where this build has no
// validator. Both arguments are JSON texts.
[[nodiscard]] std::optional<std::string> schema_complaint(const std::string& schema,
                                                          const std::string& document);

}  // namespace ergon
