#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/file_descriptor.h"

namespace ergon {

// A file of /sys or /proc that is opened once and read again and again.
class SysfsFile {
 public:
  // Check error(): 0, or the errno that opening gave.
  explicit SysfsFile(const std::filesystem::path& path);

  [[nodiscard]] int error() const noexcept { return error_; }
  // The decimal number that the file's first line is now; errno where that fails, EINVAL where it
  // is none or has no end, as a number cut short has not. Does not allocate.
  [[nodiscard]] int read(std::uint64_t& number) const noexcept;
  // What the file holds now, as much of it as `room` takes, in `text`; errno where that fails.
  // Does not allocate.
  [[nodiscard]] int read_text(std::span<char> room, std::string_view& text) const noexcept;

 private:
  FileDescriptor descriptor_;
  int error_ = 0;
};

// The first line of a file without its end; nothing where it cannot be read.
[[nodiscard]] std::optional<std::string> read_line(const std::filesystem::path& path);

// The decimal number a file begins with; nothing where it cannot be read.
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::filesystem::path& path);

}  // namespace ergon
