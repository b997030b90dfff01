#pragma once

#include <string>

#include "harness/units.h"

namespace ergon {

// "0.30 s", "12 s", "3 min 05 s", "1 h 02 min", "2 d 03 h"; "?" where it is not finite.
[[nodiscard]] std::string duration_text(Seconds time);

}  // namespace ergon
