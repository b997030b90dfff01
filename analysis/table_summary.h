#pragma once

#include <string>

#include "analysis/energy_table.h"

namespace ergon {

// The table for people: shared coefficients of each device, then each row's law, its errors on
// shapes left out, and every form's. Where the joules are not measured every one of them says so.
[[nodiscard]] std::string table_summary(const EnergyTable&);

// "these joules are estimates ...": what a reader must know before believing one; empty where they
// are measured.
[[nodiscard]] std::string source_warning(const EnergyTable&);

}  // namespace ergon
