#pragma once

#include <string>
#include <vector>

#include "analysis/network/network.h"
#include "analysis/network/price_list.h"

namespace ergon {

// A module or operation in joules and seconds.
struct Cost {
  Joules energy{}, low{}, high{};  // 90 % interval; NaN where rows have no radius
  Seconds time{};
  double bytes = 0;
  Joules borrowed{};      // of `energy`, by proxy
  Joules extrapolated{};  // of `energy`, outside the hull of a fit
  bool priced = true;     // an operation: false where nothing prices it
  [[nodiscard]] Watts power() const { return energy / time; }
};

// What a network costs by a table.
struct NetworkEstimate {
  std::vector<Cost> costs{};  // one per node of the network
  double bytes_measured = 0, bytes_borrowed = 0, bytes_missing = 0;
  std::vector<std::string> missing{};   // "gelu: 12 operations, 4.1 % of the bytes"
  std::vector<std::string> borrowed{};  // likewise
  std::string no_interval{};            // why a row has none; empty where all have
  [[nodiscard]] const Cost& total() const { return costs.front(); }
  [[nodiscard]] double coverage() const {
    return (bytes_measured + bytes_borrowed) / (bytes_measured + bytes_borrowed + bytes_missing);
  }
};

inline constexpr double kCoverageMin = 0.95;

// Prices every operation and adds up the tree. Throws Error, naming what is missing, where rows and
// proxy together cover less than kCoverageMin of the bytes. What is missing above that counts as
// nothing in `energy`; `high` holds its bytes at the network's mean J/byte.
//
// Errors are not added as if they were independent:
// - The device's shared coefficients err once: their parts add with sign, over everything.
// - Errors of one fit go together: half-widths add linearly over all operations of the fit,
//   whatever their shape, since one set of coefficients and one misfit serves them all.
// - Different fits come from different records and share nothing but the device block: their sums,
//   and the shared part, add as squares.
// - Operations whose rows give no interval, of 1 % of a sum's joules or less, count as off by all
// of
//   themselves. With more of them the sum has no interval.
// What a sensor's gain does to everything alike is in none of it.
[[nodiscard]] NetworkEstimate estimate(const Network& network, const PriceList& prices);

// The primitives of a network, each once.
[[nodiscard]] std::vector<const Primitive*> primitives_of(const Network& network);

// Of two estimates by the same prices: b less a. Operations that both have cancel, errors and all.
struct Difference {
  Joules energy{}, low{}, high{};
  Seconds time{};
};
[[nodiscard]] Difference difference(const Network& a, const Network& b, const PriceList& prices);

}  // namespace ergon
