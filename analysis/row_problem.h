#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "analysis/table_key.h"
#include "kernels/problem.h"

namespace ergon {

using NamedExtents = std::map<std::string, std::int64_t>;
using NamedChoices = std::map<std::string, std::string>;

// The problem that a row of this key is asked for: every axis of its primitive by name, {"m", 128},
// and of its options those that are not at their default, {"transpose_b", "yes"}. Throws Error that
// names what is missing, unknown or too small.
[[nodiscard]] Problem row_problem(const TableKey& key, NamedExtents extents,
                                  NamedChoices choices = {});

// The primitive that a row of this key is of. Throws Error where this build does not know it.
[[nodiscard]] const Primitive& row_primitive(const TableKey& key);

// A problem of the row with all extents 1, for a caller who has many shapes of one set of options.
// Throws Error for an unknown option or value.
[[nodiscard]] Problem row_pattern(const TableKey& key, NamedChoices choices = {});

}  // namespace ergon
