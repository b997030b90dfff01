#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/network/estimate.h"

namespace ergon {

enum class SortBy : std::uint8_t { order, energy, time, power, name };

// A network, what it costs, and under what conditions: what the three outputs below are made from.
// Everything is borrowed.
struct NetworkReport {
  const NetworkDescription& description;
  const Workload& workload;
  const Network& network;
  const NetworkEstimate& estimate;
  const EnergyTable& table;
  const PriceList& prices;
  std::string table_name{};  // for people
  SortBy sort = SortBy::order;
  int depth = -1;  // of the nodes that are shown; -1: all
};

// The nodes that are shown: pre-order, siblings sorted, the largest first (or by name).
[[nodiscard]] std::vector<int> shown_nodes(const NetworkReport& report);

// Operations of one name in every layer, phase and step taken together.
struct HungryNode {
  std::string path{};  // "bert-base/layer.*/feed_forward/up"
  int operations = 0;
  Joules energy{};
};
// The ten that take the most joules, or fewer where there are not ten.
[[nodiscard]] std::vector<HungryNode> hungriest_nodes(const NetworkReport& report);

// What a description with other fields would cost, and the difference.
struct WhatIf {
  std::string settings{};  // "layers=6"
  Cost total{};
  Difference difference{};
};

// For people: conditions, the tree, the ten hungriest nodes, what was borrowed, extrapolated or is
// missing, the difference, and a warning where the joules are not measured.
[[nodiscard]] std::string report_text(const NetworkReport& report,
                                      const std::optional<WhatIf>& what_if);
// One object; a node's children are inside it. Joules, seconds and watts as numbers, null with the
// reason where there is no interval.
[[nodiscard]] std::string report_json(const NetworkReport& report,
                                      const std::optional<WhatIf>& what_if);
// One line a node, with its path; the first line names the columns.
[[nodiscard]] std::string report_csv(const NetworkReport& report);

[[nodiscard]] std::string describe(const Workload& workload);  // "batch 8, sequence 128, ..."

}  // namespace ergon
