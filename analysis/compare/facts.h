#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/energy_table.h"
#include "harness/record/results.h"

namespace ergon {

// What may explain a difference, by name, with every value that the runs of a side have, sorted.
// Of a run that is its provenance by path ("cpu/microcode", "build/flags"), the fields of its
// protocol ("protocol/window_min_us"), the sources of each primitive's kernels ("kernels/gemm") and
// its primary channel ("meter/gain"); what changes from minute to minute (load, temperatures, the
// command line) is left out.
using Facts = std::map<std::string, std::vector<std::string>>;

void add_facts(Facts& facts, const RunInfo& run);
// A table has less: protocol, build hash, kernels' sources and versions.
void add_facts(Facts& facts, const TableRun& run);

// A fact that two sides do not share.
struct FactChange {
  std::string name{};
  std::vector<std::string> first{}, second{};  // empty: not told
};
// Kernels of primitives that are not in `primitives` are left out.
[[nodiscard]] std::vector<FactChange> changed_facts(const Facts& first, const Facts& second,
                                                    const std::vector<std::string>& primitives);

}  // namespace ergon
