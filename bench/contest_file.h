#pragma once

#include <filesystem>

#include "bench/comparison.h"

namespace ergon {

// Writes the comparison as HDF5, whole or not at all: /run (one row), /contests, /contenders (one
// row per kernel of a contest, and per ceiling) and /samples; rows of one group name rows of
// another. Every column has a unit and a description. Throws Error where it cannot be written.
void write_contest_file(const std::filesystem::path& hdf5, const Comparison& comparison);

}  // namespace ergon
