#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <vector>

#include "harness/units.h"

namespace ergon {

// A result file, and which of its records are wanted.
struct ResultPart {
  std::filesystem::path hdf5;
  std::vector<bool> keep;  // by row of /records
  // Takes the place of RunInfo::slurm_energy of its runs; NaN: as it stands in the file.
  Joules slurm_energy{std::numeric_limits<double>::quiet_NaN()};
};

// Writes one result file of the wanted records of many, with all that belongs to them, and every
// run and idle stretch of each; runs of the parts must differ. Column by column as they stand in
// the files, some rows at a time, so that a million records take less memory than as Results; the
// finished file is in memory once before it is written. Columns that a part lacks are missing there
// (axes of other primitives); a part of an older minor version is read and written again first,
// beside the output. Throws Error as read_results and write_results do.
void concatenate(const std::filesystem::path& output, std::span<const ResultPart> parts);

}  // namespace ergon
