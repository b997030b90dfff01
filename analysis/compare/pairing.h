#pragma once

#include <string>
#include <vector>

#include "analysis/compare/side.h"

namespace ergon {

// One point of the first side and the same of the second; or one that has none there, and why.
struct PairedPoint {
  const PointValue* first = nullptr;
  const PointValue* second = nullptr;  // null: nothing is compared
  std::string reason{};                // why not: "fill: uniform against zeros"
  std::string energy_reason{};         // why its joules are not
  std::string time_reason{};
  [[nodiscard]] bool compares(Metric metric) const;
  [[nodiscard]] const std::string& reason_of(Metric metric) const;
};

struct Pairing {
  std::vector<PairedPoint> points{};      // in the order of the first side
  int alone_first = 0, alone_second = 0;  // shapes that the other side has in no form
};

struct PairingRule {
  // Conditions that may differ: "kernel", "threads". Where a side then has several points of one
  // problem, none is compared.
  std::vector<std::string> across{};
  std::string kernels = "*";  // a glob; others are left out
};

// Pairs what agrees in problem and conditions. Both sides are borrowed. Throws Error where
// `across` names another field than "kernel" and "threads".
[[nodiscard]] Pairing pair_points(const SideData& first, const SideData& second,
                                  const PairingRule& rule);

}  // namespace ergon
