#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/network/report.h"
#include "analysis/table_summary.h"

namespace ergon {
namespace {

using Json = nlohmann::json;

std::size_t index(int node) { return static_cast<std::size_t>(node); }

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double share_of(const NetworkReport& report, const Cost& cost) {
  const double whole = report.estimate.total().energy.value;
  return whole > 0 ? cost.energy.value / whole : 0;
}

Json cost_json(const NetworkReport& report, const Cost& cost) {
  return {{"energy_j", number(cost.energy.value)},
          {"energy_low_j", number(cost.low.value)},
          {"energy_high_j", number(cost.high.value)},
          {"share", number(share_of(report, cost))},
          {"time_s", number(cost.time.value)},
          {"power_w", cost.time.value > 0 ? number(cost.power().value) : Json(nullptr)},
          {"bytes", cost.bytes},
          {"borrowed_j", number(cost.borrowed.value)},
          {"extrapolated_j", number(cost.extrapolated.value)},
          {"priced", cost.priced}};
}

// Nodes in `shown` from `at` on that are inside the first of them.
Json node_json(const NetworkReport& report, const std::vector<int>& shown, std::size_t& at) {
  const int i = shown[at++];
  const Node& node = report.network.nodes[index(i)];
  Json json = cost_json(report, report.estimate.costs[index(i)]);
  json["name"] = node.name;
  json["kind"] = node.kind;
  if (node.is_operation()) json["problem"] = problem_key(node.problem);
  Json children = Json::array();
  while (at < shown.size() && report.network.nodes[index(shown[at])].depth > node.depth) {
    children.push_back(node_json(report, shown, at));
  }
  if (!children.empty()) json["children"] = std::move(children);
  return json;
}

Json conditions_json(const NetworkReport& report) {
  Json kernels = Json::array();
  for (const PriceList::Fit& fit : report.prices.fits()) {
    kernels.push_back({{"kernel", fit.row->key.kernel}, {"proxy", fit.proxy}});
  }
  const TableKey& key = report.prices.fits().front().row->key;
  return {{"file", report.table_name},
          {"records_sha256", report.table.records_hash},
          {"device", key.device},
          {"boundary", key.boundary},
          {"threads", key.threads},
          {"fill", key.fill},
          {"cold", key.cold},
          {"energy", energy_kind_name(report.table.energy)},
          {"source", source_name(report.table.source)},
          {"rows", std::move(kernels)}};
}

Json fields_json(const NetworkDescription& description) {
  Json fields = Json::object();
  for (const DescriptionField& field : description_fields()) {
    fields[std::string(field.name)] = field.text(completed(description));
  }
  return fields;
}

Json what_if_json(const NetworkReport& report, const WhatIf& what_if) {
  const Difference& change = what_if.difference;
  return {{"settings", what_if.settings},
          {"total", cost_json(report, what_if.total)},
          {"difference",
           {{"energy_j", number(change.energy.value)},
            {"energy_low_j", number(change.low.value)},
            {"energy_high_j", number(change.high.value)},
            {"time_s", number(change.time.value)}}}};
}

// A field that a comma or a quote would split.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char letter : text) result += letter == '"' ? "\"\"" : std::string(1, letter);
  return result + "\"";
}

std::string csv_number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "";
}

}  // namespace

std::string report_json(const NetworkReport& report, const std::optional<WhatIf>& what_if) {
  const NetworkCounts counts = counts_of(report.network);
  const NetworkEstimate& estimate = report.estimate;
  const std::vector<int> shown = shown_nodes(report);
  std::size_t at = 0;
  Json hungriest = Json::array();
  for (const HungryNode& node : hungriest_nodes(report)) {
    hungriest.push_back({{"path", node.path},
                         {"operations", node.operations},
                         {"energy_j", number(node.energy.value)}});
  }
  Json json = {{"schema", {{"id", "ergon.network_estimate"}, {"version", 1}}},
               {"network", fields_json(report.description)},
               {"workload", describe(report.workload)},
               {"table", conditions_json(report)},
               {"counts",
                {{"parameters", counts.parameters},
                 {"operations", counts.operations},
                 {"flops", counts.flops},
                 {"specials", counts.specials},
                 {"bytes", counts.bytes}}},
               {"coverage",
                {{"bytes_measured", estimate.bytes_measured},
                 {"bytes_borrowed", estimate.bytes_borrowed},
                 {"bytes_missing", estimate.bytes_missing},
                 {"borrowed", estimate.borrowed},
                 {"missing", estimate.missing}}},
               {"interval_level", 0.9},
               {"hungriest", std::move(hungriest)},
               {"tree", node_json(report, shown, at)}};
  if (!estimate.no_interval.empty()) json["no_interval"] = estimate.no_interval;
  if (what_if) json["what_if"] = what_if_json(report, *what_if);
  if (report.table.source != Source::measured) json["warning"] = source_warning(report.table);
  return json.dump(1) + "\n";
}

std::string report_csv(const NetworkReport& report) {
  std::string text =
      "path,kind,depth,problem,energy_j,energy_low_j,energy_high_j,share,time_s,power_w,bytes,"
      "borrowed_j,extrapolated_j,priced,source\n";
  for (const int i : shown_nodes(report)) {
    const Node& node = report.network.nodes[index(i)];
    const Cost& cost = report.estimate.costs[index(i)];
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", quoted(report.network.path(i)), node.kind,
        node.depth, node.is_operation() ? quoted(problem_key(node.problem)) : "",
        csv_number(cost.energy.value), csv_number(cost.low.value), csv_number(cost.high.value),
        csv_number(share_of(report, cost)), csv_number(cost.time.value),
        cost.time.value > 0 ? csv_number(cost.power().value) : "", csv_number(cost.bytes),
        csv_number(cost.borrowed.value), csv_number(cost.extrapolated.value),
        cost.priced ? "yes" : "no", source_name(report.table.source));
  }
  return text;
}

}  // namespace ergon
