#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ergon {

// A node of a YAML document that knows where it stands, so that whatever is wrong with it can be
// said with file, line and column. Values, no handles; the YAML library stays behind yaml.cpp.
struct Yaml {
  enum class Kind : std::uint8_t { nothing, scalar, list, map };
  Kind kind = Kind::nothing;
  std::string text;         // scalar: as written, quotes and escapes resolved
  std::vector<Yaml> items;  // list: its elements; map: its values
  std::vector<Yaml> keys;   // map: its keys, scalars, each once, in the order of the file
  std::shared_ptr<const std::string> file;
  int line = 1, column = 1;  // of the first character, from 1

  // The value of a key; null where the map does not have it.
  [[nodiscard]] const Yaml* find(std::string_view key) const;
  // Throws Error("file:line:column: " + message).
  [[noreturn]] void fail(const std::string& message) const;
  // Of a key that stands in one map a second time.
  [[noreturn]] void fail_twice(const Yaml& first) const;
  // What stands here, for a message: "'gemm'", "a list", "a map", "empty".
  [[nodiscard]] std::string description() const;
};

// Reads one document. Aliases are expanded. Throws Error with the place for text that is not YAML
// in UTF-8, has a key twice in one map, has a key that is no scalar, holds more than one document,
// or expands to more than a million nodes. `file` stands in messages.
[[nodiscard]] Yaml parse_yaml(const std::string& text, const std::string& file);

// The contents of a file that a person wrote; throws Error where it cannot be read, is a folder,
// or is larger than 16 MiB. `what` says what was expected: "a sweep in YAML".
[[nodiscard]] std::string read_text_file(const std::filesystem::path& file, std::string_view what);

}  // namespace ergon
