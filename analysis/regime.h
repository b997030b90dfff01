#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/energy_table.h"

namespace ergon {

struct Sample;

// The regimes that launches of the row's primitive can be in, with the records of each. A launch is
// in none, or in more than one. By the row's time law and machine, so the row must have them:
// - launch-bound: more than half of its time is the cost of a launch;
// - small-M: a product of 8 rows or fewer, where a GEMM's FLOP costs ten times what it costs later;
// - cache-resident: its bytes fit the last level of cache, and it is not launch-bound;
// - memory-bound: they do not, and bytes are more than half of its time, or it is no product.
[[nodiscard]] std::vector<Regime> find_regimes(const EnergyTable::Row& row,
                                               std::span<const Sample* const> samples);

// Of the regimes that a problem is in, those of which the row has no record: "memory-bound, of
// which there is no record". Empty where the row does not know its regimes.
[[nodiscard]] std::vector<std::string> regimes_without_record(const EnergyTable::Row& row,
                                                              const Problem& problem);

}  // namespace ergon
