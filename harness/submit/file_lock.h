#pragma once

#include <filesystem>

#include "harness/file_descriptor.h"

namespace ergon {

// Waits until no other process has this file locked, and has it until the descriptor is closed. The
// file is made where it is not there; another user's will do if it can be read. A file system
// without locks gives none. Throws Error where it cannot be opened.
[[nodiscard]] FileDescriptor wait_for_lock(const std::filesystem::path& file);

}  // namespace ergon
