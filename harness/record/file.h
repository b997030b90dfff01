#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "harness/file_descriptor.h"

namespace ergon {

// Opens `file` to read and write, and creates it where it is not there, under a lock that ends
// with the descriptor. Throws Error where it cannot be opened or another process holds the lock.
[[nodiscard]] FileDescriptor open_locked(const std::filesystem::path& file);

// Writes all of `bytes` at the place of the descriptor. Gives errno, 0 where all was written.
[[nodiscard]] int write_all(int fd, std::span<const std::byte> bytes) noexcept;

// Makes names created, renamed and removed in the folder of `file` last. Throws Error.
void sync_folder_of(const std::filesystem::path& file);

// Makes `bytes` the contents of `file`, all of them or nothing: writes "<file>.tmp" beside it,
// syncs, renames. Throws Error (full disk, no such folder) and leaves what was there untouched.
void replace_file(const std::filesystem::path& file, std::span<const std::byte> bytes);

// "No space left on device".
[[nodiscard]] std::string error_text(int error);

}  // namespace ergon
