#pragma once

#include <string_view>
#include <vector>

#include "analysis/energy_table.h"
#include "analysis/network/network.h"

namespace ergon {

// A law that a test states: joules = launch + flop x FLOPs + byte x bytes.
struct MadeLaw {
  double launch_j = 2e-6, joules_per_flop = 10e-12, joules_per_byte = 50e-12;
  double radius = 0.1;
};

// A row of "<primitive>/<kernel>" on "Made CPU" with wide hulls; a launch takes as many seconds as
// it takes hundredths of joules: 100 W.
[[nodiscard]] EnergyTable::Row made_row(std::string_view primitive, const MadeLaw& law = {},
                                        std::string_view kernel = "made");

// Rows of all these primitives.
[[nodiscard]] EnergyTable made_table(const std::vector<std::string_view>& primitives,
                                     const MadeLaw& law = {});

// Every primitive that BERT is made of, with fused attention or without.
[[nodiscard]] EnergyTable bert_table(const MadeLaw& law = {});

[[nodiscard]] NetworkDescription network_named(std::string_view name);  // of configs/networks

}  // namespace ergon
