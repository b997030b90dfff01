#pragma once

#include <filesystem>
#include <string>

#include "harness/config/sweep.h"

namespace ergon {

// Sweeps that are read on one machine and measured on another.

// As read_sweep, but `threads: all` means so many CPUs; 0: those that this process may run on.
[[nodiscard]] Sweep read_sweep_for(const std::filesystem::path& yaml, int cpus);

// The conditions alone of a sweep that was read before: all but its groups, which are empty. For a
// plan whose points are kept apart from it.
[[nodiscard]] Sweep parse_sweep_conditions(const std::string& text,
                                           const std::filesystem::path& name);

}  // namespace ergon
