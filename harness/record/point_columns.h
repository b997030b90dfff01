#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/record/columns.h"
#include "harness/record/kernel_finder.h"
#include "harness/record/results.h"

namespace ergon::hdf5 {

// Columns of /records that say what the point of each record is: id and key; primitive, kernel,
// dtypes, one column per axis and per option of the primitives present, conditions; work.
void write_point_columns(TableWriter& table, std::span<const Record> records);

// Reads the points back; the length of the table must be known. Throws Error for a primitive,
// option or dtype that this build does not know, and for an extent that is missing.
void read_point_columns(TableReader& table, KernelFinder& kernels, std::span<Record> records);

}  // namespace ergon::hdf5
