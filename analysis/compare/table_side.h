#pragma once

#include <string>
#include <vector>

#include "analysis/compare/side.h"
#include "analysis/energy_table.h"

namespace ergon {

// Energy tables as sides: predictions for up to 24 problems of each primitive, dtypes, fill, cold
// and weights, drawn log-uniform (fixed seed) from where the data of all rows of all tables that
// have these overlap, and no more than the fewest shapes that a row was fitted to. A prediction is
// uncertain by its row's conformal radius, of each shape apart. Tables do not say which board they
// are of, so that sensors are taken to be two unless the tables are of the same records.
[[nodiscard]] std::vector<SideData> sides_of_tables(const std::vector<EnergyTable>& tables,
                                                    const std::vector<std::string>& names,
                                                    double gain_default);

}  // namespace ergon
