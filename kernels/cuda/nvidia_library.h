#pragma once

#include <span>
#include <string>
#include <vector>

namespace ergon {

// Paths where a library of NVIDIA's may be, the likeliest first: that of the environment variable
// alone, where it is set; else each name as the loader finds it, then in the packages of Python's
// pip (nvidia/*/lib of a virtual environment, the user's or the system's), then in toolkits under
// /usr/local and $CUDA_HOME.
[[nodiscard]] std::vector<std::string> nvidia_library_paths(const char* variable,
                                                            std::span<const char* const> names);

// Opens the first that is there; null where none is. It stays open.
[[nodiscard]] void* open_nvidia_library(const char* variable, std::span<const char* const> names);

}  // namespace ergon
