#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "harness/meter/channel.h"
#include "harness/meter/containment.h"

namespace ergon {

// The packages of a machine with several, as one channel: threads run on all of them, so the energy
// of one alone is the energy of no launch. `channel` counts nJ (or nW, where packages show power)
// and stands behind the channels that it was made of.
struct PackageSum {
  Channel channel;
  ChannelSum summands;
};

// Between the gain groups of the packages in that of their sum.
inline constexpr std::string_view kGainGroupsJoin = " + ";

[[nodiscard]] bool is_package_sum(const Channel& channel);

// The slowest update and the coarsest step of any part are the sum's; so is the worst gain: of
// parts whose gains are independent it is an upper bound.
void take_worst(Channel& sum, const Channel& part);

// Made where channels[primary] is of a package and the same meter has more of them that overlap
// with none of the others; nothing where there is one package. Names the sum in the summands'
// `within`. An update of one package is an update of the sum, whose other packages are then up to a
// period old: window.cpp takes that for an uncertainty of the edge.
[[nodiscard]] std::optional<PackageSum> sum_packages(std::vector<Channel>& channels,
                                                     std::size_t primary);

}  // namespace ergon
