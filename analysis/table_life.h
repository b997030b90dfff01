#pragma once

#include <string>
#include <vector>

#include "analysis/energy_table.h"

namespace ergon {

// `kept` with the rows of `fresh` in the place of its rows of the same keys, and its other rows as
// they were: a part of a table fitted again, or two tables made one. A device block stays as long
// as a row rests on it. Throws Error where one is gross and the other net, or their sources differ.
[[nodiscard]] EnergyTable update_table(const EnergyTable& kept, const EnergyTable& fresh);

// What has changed since the records of a table were made, one line each: the kernels of a
// primitive have other sources in this build, the records come from several builds; and where the
// present machine has a device of the table, its driver, kernel, firmware or microcode, or the
// build. Runs of others have none of these and say nothing.
[[nodiscard]] std::vector<std::string> stale_parts(const EnergyTable& table,
                                                   const PresentMachine& present);

}  // namespace ergon
