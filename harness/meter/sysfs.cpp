#include "harness/meter/sysfs.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>

namespace ergon {

SysfsFile::SysfsFile(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      error_(descriptor_.number() < 0 ? errno : 0) {}

int SysfsFile::read(std::uint64_t& number) const noexcept {
  char room[32];
  std::string_view text;
  if (const int error = read_text(room, text); error != 0) return error;
  const char* const text_end = text.data() + text.size();
  const auto [end, failure] = std::from_chars(text.data(), text_end, number);
  return failure == std::errc() && end != text_end && *end == '\n' ? 0 : EINVAL;
}

int SysfsFile::read_text(std::span<char> room, std::string_view& text) const noexcept {
  if (descriptor_.number() < 0) return error_;
  const ssize_t length = ::pread(descriptor_.number(), room.data(), room.size(), 0);
  if (length < 0) return errno;
  text = {room.data(), static_cast<std::size_t>(length)};
  return 0;
}

std::optional<std::string> read_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::uint64_t> read_number(const std::filesystem::path& path) {
  const std::string line = read_line(path).value_or("");
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), number);
  return parsed.ec == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace ergon
