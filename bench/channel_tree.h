#pragma once

#include <span>
#include <string>

#include "harness/meter/channel.h"

namespace ergon {

// Which channel's energy contains which, a line each, indented below the smallest that contains it:
//   powercap/psys
//     powercap/packages  <- the energy of a record
//       powercap/package-0
//   powercap/package-0/dram
// Channels that count the same energy stand on one line. `primary`: index of the channel that
// records are of; -1: none. Channels of neither energy nor power are left out.
[[nodiscard]] std::string channel_tree(std::span<const Channel> channels, int primary);

}  // namespace ergon
