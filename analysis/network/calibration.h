#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "analysis/network/price_list.h"

namespace ergon {

// A module or network, split into what a table prices by rows of its own and what it does not.
struct PricedParts {
  double measured_j = 0;  // by rows
  double streamed_j = 0;  // by the proxy: copies and arithmetic that walk through memory in order
  double permuted_j = 0;  // by the proxy: split_heads and merge_heads, which do not
  PricedParts& operator+=(const PricedParts& other);
};

// Launches of one problem. Throws Error where neither row nor proxy prices it.
[[nodiscard]] PricedParts parts_of(const PriceList& prices, const Problem& problem, double count);

// A sum as it was measured in one piece.
struct MeasuredSum {
  PricedParts parts{};
  double energy_j = 0;
  int group = 0;  // sums of one module or network at several sizes, which err together
};

// Joules of a network from its parts. `measured` is above 1 where operations cost more in a row
// than each by itself in a loop, which finds its operands in the cache; the others say how far the
// proxy's J/byte was off.
struct Calibration {
  double measured = 1, streamed = 1, permuted = 1;
  [[nodiscard]] double energy(const PricedParts& parts) const {
    return measured * parts.measured_j + streamed * parts.streamed_j + permuted * parts.permuted_j;
  }
};

// Least squares of relative errors over sums of other networks or modules, drawn towards 1 as far
// as the sums leave the factors open: networks of one family cannot tell them apart.
[[nodiscard]] Calibration calibrate(std::span<const MeasuredSum> sums);

}  // namespace ergon
