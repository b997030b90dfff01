#pragma once

#include "harness/run/ledger.h"
#include "harness/run/own_desk.h"
#include "harness/run/part_run.h"

namespace ergon {

// On rank 0: measures a sweep whose points all ranks run at once, one point after the other. Each
// node's first rank reads its meters; a record's launches and energy are of all ranks, over what
// the windows of the nodes have in common, and each node's own part stands beside it (NodeWindow).
// Every rank keeps the load running until all nodes have a window, so that each window of each node
// lies within everybody's load.
void measure_loaded(const PartSetup& setup, Device& device, Comm& comm, Ledger& ledger,
                    OwnDesk& desk);

// What the other ranks do meanwhile.
void serve_loaded(Comm& comm, const std::filesystem::path& root);

}  // namespace ergon
