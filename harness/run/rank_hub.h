#pragma once

#include "harness/run/ledger.h"
#include "harness/run/own_desk.h"
#include "harness/run/part_run.h"

namespace ergon {

// On rank 0: measures a sweep together with the other ranks, each its own points (rank_desk.h). A
// thread hands out visits and turns, and takes in what the others measured. It sleeps between looks
// at what came, 10 ms where nothing did, so as not to show in what this rank measures. Ends all
// ranks, with a line that says which, where one is not heard of any more. `desk` is this rank's.
void measure_on_ranks(const PartSetup& setup, Device& device, const RunRanks& ranks, Ledger& ledger,
                      OwnDesk& desk);

}  // namespace ergon
