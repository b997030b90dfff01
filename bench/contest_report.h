#pragma once

#include <string>

#include "bench/comparison.h"

namespace ergon {

// The comparison as Markdown: the short rows first, then all of them, means by class and threads,
// who did not take part, and where it was measured. Lines of tables are long.
[[nodiscard]] std::string report_text(const Comparison& comparison);

}  // namespace ergon
