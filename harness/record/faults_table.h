#pragma once

#include "harness/record/hdf5.h"

namespace ergon::hdf5 {

// The group /faults, which is the same in every file of one version.
void write_faults(File& file);

}  // namespace ergon::hdf5
