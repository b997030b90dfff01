#include "analysis/network/report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace ergon {
namespace {

std::size_t index(int node) { return static_cast<std::size_t>(node); }

// What siblings are sorted by, the largest first.
double weight(const Cost& cost, SortBy sort) {
  switch (sort) {
    case SortBy::energy:
      return cost.energy.value;
    case SortBy::time:
      return cost.time.value;
    case SortBy::power:
      return cost.time.value > 0 ? cost.power().value : 0;
    case SortBy::order:
    case SortBy::name:
      break;
  }
  return 0;
}

void append(const NetworkReport& report, int node, std::vector<int>& shown) {
  shown.push_back(node);
  const Node& at = report.network.nodes[index(node)];
  if (at.is_operation() || (report.depth >= 0 && at.depth >= report.depth)) return;
  std::vector<int> children;
  for (int child = node + 1; child < at.end; child = report.network.nodes[index(child)].end) {
    children.push_back(child);
  }
  std::stable_sort(children.begin(), children.end(), [&](int a, int b) {
    if (report.sort == SortBy::name) {
      return report.network.nodes[index(a)].name < report.network.nodes[index(b)].name;
    }
    return weight(report.estimate.costs[index(a)], report.sort) >
           weight(report.estimate.costs[index(b)], report.sort);
  });
  for (const int child : children) append(report, child, shown);
}

// "layer.3" -> "layer.*".
std::string without_number(const std::string& name) {
  const std::size_t dot = name.find('.');
  return dot == std::string::npos ? name : name.substr(0, dot) + ".*";
}

std::string general_path(const Network& network, int node) {
  const Node& at = network.nodes[index(node)];
  if (at.parent < 0) return at.name;
  return general_path(network, at.parent) + "/" + without_number(at.name);
}

std::string dtypes_text(const Dtypes& dtypes) {
  const bool one = dtypes.a == dtypes.b && dtypes.a == dtypes.accumulate && dtypes.a == dtypes.out;
  return one ? std::string(dtype_name(dtypes.a))
             : table_key_field(TableKey{.dtypes = dtypes}, "dtypes");
}

}  // namespace

std::vector<int> shown_nodes(const NetworkReport& report) {
  std::vector<int> shown;
  append(report, 0, shown);
  return shown;
}

std::vector<HungryNode> hungriest_nodes(const NetworkReport& report) {
  std::map<std::string, HungryNode> by_path;
  for (std::size_t i = 0; i < report.network.nodes.size(); ++i) {
    if (!report.network.nodes[i].is_operation()) continue;
    const std::string path = general_path(report.network, static_cast<int>(i));
    HungryNode& hungry = by_path[path];
    hungry.path = path;
    ++hungry.operations;
    hungry.energy += report.estimate.costs[i].energy;
  }
  std::vector<HungryNode> all;
  for (auto& [path, hungry] : by_path) all.push_back(std::move(hungry));
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.energy > b.energy; });
  if (all.size() > 10) all.resize(10);
  return all;
}

std::string describe(const Workload& workload) {
  std::string phases;
  for (const Phase phase : workload.phases) {
    phases += (phases.empty() ? "" : " and ") + std::string(phase_name(phase));
  }
  std::string text = fmt::format("batch {}, sequence {}", workload.batch, workload.sequence);
  if (!phases.empty()) text += ", " + phases;
  if (workload.past >= 0) text += fmt::format(", past {}", workload.past);
  if (workload.steps > 1) text += fmt::format(", {} steps", workload.steps);
  return text + fmt::format(", {}, attention {}, elementwise {}", dtypes_text(workload.dtypes),
                            workload.attention == AttentionForm::fused ? "fused" : "composed",
                            workload.elementwise == Elementwise::fused ? "fused" : "eager");
}

}  // namespace ergon
