#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "harness/config/spelling.h"
#include "harness/config/yaml.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::uintmax_t kFileBytesMax = 16u << 20;

}  // namespace

const Yaml* Yaml::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

void Yaml::fail_twice(const Yaml& first) const {
  fail(
      fmt::format("key '{}' stands twice in this map, first on line {}; expected each "
                  "key once; remove one, or join their values",
                  text, first.line));
}

void Yaml::fail(const std::string& message) const {
  throw Error(fmt::format("{}:{}:{}: {}", *file, line, column, message));
}

std::string Yaml::description() const {
  switch (kind) {
    case Kind::nothing:
      return "empty";
    case Kind::scalar:
      return fmt::format("'{}'", text.size() > 60 ? text.substr(0, 57) + "..." : text);
    case Kind::list:
      return items.empty() ? "an empty list" : "a list";
    case Kind::map:
      return items.empty() ? "an empty map" : "a map";
  }
  return "";
}

std::string read_text_file(const std::filesystem::path& file, std::string_view what) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    throw Error(
        fmt::format("{}: is a folder; expected {}; name one of its files", file.string(), what));
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    std::vector<std::string> neighbours;
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".yaml") neighbours.push_back(entry.path().filename());
    }
    throw Error(fmt::format("{}: {}; expected {}; check the path{}", file.string(),
                            errno != 0 ? std::strerror(errno) : "cannot be opened", what,
                            did_you_mean(file.filename().string(), neighbours)));
  }
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (!error && size > kFileBytesMax) {
    throw Error(
        fmt::format("{}: has {} bytes; expected {} of at most {}; is it the right "
                    "file?",
                    file.string(), size, what, kFileBytesMax));
  }
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace ergon
