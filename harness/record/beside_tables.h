#pragma once

#include "harness/record/energy_tables.h"

namespace ergon::hdf5 {

// /beside: what channels of something else than energy and power showed over the windows.
void write_states(File& file, const Results& results, const ChannelRows& channels);

// /cross_checks: meters held against each other over the windows.
void write_checks(File& file, const Results& results, const ChannelRows& channels);

// /node_windows: what each node took of the windows that several ran at once.
void write_nodes(File& file, const Results& results, const ChannelRows& channels);

}  // namespace ergon::hdf5
