#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/record/results.h"

namespace ergon {

// Results that hold what a file must bring back: NaN, infinities, empty lists and texts, newlines,
// quotes, unicode, the largest integers, several runs. The same for the same seed.
struct ResultsShape {
  int runs = 3;
  int records = 20;
  int windows_max = 4;
  int times_max = 6;
};
[[nodiscard]] Results random_results(std::uint64_t seed, const ResultsShape& shape = {});

// One line per field, "records[3].windows[1].launches = 0x1.8p+3": equal where the results are.
[[nodiscard]] std::vector<std::string> lines_of(const Results& results);

}  // namespace ergon
