#pragma once

#include <span>

namespace ergon {

// Opens the first of these libraries that is there; null where none is. Private to us, and its own
// symbols first (RTLD_LOCAL, RTLD_DEEPBIND): another BLAS in the process must not answer for it.
// It stays open, since its threads may outlive any use of it.
[[nodiscard]] void* open_library(std::span<const char* const> names);

}  // namespace ergon
