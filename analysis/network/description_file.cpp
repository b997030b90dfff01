#include "analysis/network/description_file.h"

namespace ergon {

NetworkDescription parse_description(const std::string& text, const std::string& file) {
  return description_of(parse_yaml(text, file));
}

NetworkDescription read_description(const std::filesystem::path& file) {
  return parse_description(read_text_file(file, "a network in YAML, or a config.json"),
                           file.string());
}

}  // namespace ergon
