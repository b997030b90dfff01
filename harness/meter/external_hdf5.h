#pragma once

#include <filesystem>
#include <string_view>

#include "harness/meter/external_trace.h"

namespace ergon {

// read_trace() for a file that is HDF5.
[[nodiscard]] Trace read_trace_hdf5(const std::filesystem::path& file, std::string_view column);

}  // namespace ergon
