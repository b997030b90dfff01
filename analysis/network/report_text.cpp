#include <cmath>

#include <fmt/format.h>

#include "analysis/network/report.h"
#include "analysis/scaled.h"
#include "analysis/table_summary.h"

namespace ergon {
namespace {

std::size_t index(int node) { return static_cast<std::size_t>(node); }

std::string interval(Joules low, Joules high) {
  if (std::isnan(low.value) || std::isnan(high.value)) return "none";
  return fmt::format("{} to {}", scaled(low.value, "J"), scaled(high.value, "J"));
}

std::string share(double part, double whole) {
  return whole > 0 ? fmt::format("{:.1f} %", 100 * part / whole) : "0.0 %";
}

// " (estimated)" where the table's joules are not measured.
std::string mark(const EnergyTable& table) {
  return table.source == Source::measured ? "" : fmt::format(" ({})", source_name(table.source));
}

std::string heading(const NetworkReport& report) {
  const NetworkCounts counts = counts_of(report.network);
  const TableKey& key = report.prices.fits().front().row->key;
  std::string text = fmt::format("{}: {}\n", report.network.name, describe(report.workload));
  text += fmt::format("{}: {}, {}, {} thread{}, {}, {}; {} energy, {}\n", report.table_name,
                      key.device, key.boundary, key.threads, key.threads == 1 ? "" : "s", key.fill,
                      key.cold ? "cold" : "warm", energy_kind_name(report.table.energy),
                      source_name(report.table.source));
  text += "kernels:";
  for (const PriceList::Fit& fit : report.prices.fits()) {
    text += fmt::format(" {}{}", fit.row->key.kernel, fit.proxy ? " (proxy)" : "");
  }
  return text + fmt::format("\n{} parameters, {} operations, {}, {}\n\n",
                            scaled(static_cast<double>(counts.parameters), ""), counts.operations,
                            scaled(static_cast<double>(counts.flops), "flop"),
                            scaled(static_cast<double>(counts.bytes), "B"));
}

std::string remark(const Node& node, const Cost& cost) {
  if (!node.is_operation()) return "";
  if (!cost.priced) return "not in the table";
  std::string text = cost.borrowed.value > 0 ? "proxy" : "";
  if (cost.extrapolated.value > 0) text += text.empty() ? "extrapolated" : ", extrapolated";
  return text;
}

std::string tree(const NetworkReport& report) {
  const std::vector<int> shown = shown_nodes(report);
  std::size_t width = 4;
  const auto name = [&](int i) {
    const Node& node = report.network.nodes[index(i)];
    return std::string(2 * index(node.depth), ' ') + node.name;
  };
  for (const int i : shown) width = std::max(width, name(i).size());
  const std::string energy = "energy" + mark(report.table);
  std::string text = fmt::format("{:{}}  {:>12}  {:>24}  {:>7}  {:>9}  {:>8}\n", "node", width,
                                 energy, "90 % interval", "share", "time", "power");
  const double whole = report.estimate.total().energy.value;
  for (const int i : shown) {
    const Cost& cost = report.estimate.costs[index(i)];
    std::string line = fmt::format(
        "{:{}}  {:>{}}  {:>24}  {:>7}  {:>9}  {:>8}", name(i), width,
        scaled(cost.energy.value, "J"), std::max<std::size_t>(12, energy.size()),
        interval(cost.low, cost.high), share(cost.energy.value, whole),
        scaled(cost.time.value, "s"), cost.time.value > 0 ? scaled(cost.power().value, "W") : "");
    if (const std::string why = remark(report.network.nodes[index(i)], cost); !why.empty()) {
      line += "  " + why;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string hungriest(const NetworkReport& report) {
  std::string text = fmt::format("\nthe hungriest, layers taken together{}\n", mark(report.table));
  const double whole = report.estimate.total().energy.value;
  for (const HungryNode& node : hungriest_nodes(report)) {
    text += fmt::format("  {:>10}  {:>7}  {} x {}\n", scaled(node.energy.value, "J"),
                        share(node.energy.value, whole), node.operations, node.path);
  }
  return text;
}

std::string caveats(const NetworkReport& report) {
  const NetworkEstimate& estimate = report.estimate;
  const Cost& total = estimate.total();
  std::string text;
  if (!estimate.no_interval.empty()) {
    text += "no interval: " + estimate.no_interval +
            (std::isnan(estimate.total().low.value) ? "\n" : "; below 1 % of all: +-100 %\n");
  }
  if (total.extrapolated.value > 0) {
    text += fmt::format("extrapolated: {} of the joules lie outside the data of their fits\n",
                        share(total.extrapolated.value, total.energy.value));
  }
  if (!estimate.borrowed.empty()) {
    text += fmt::format(
        "proxy: {} of the joules, {} of the bytes, at the J/byte of {}, taken to "
        "be within {:.0f} %\n",
        share(total.borrowed.value, total.energy.value),
        share(estimate.bytes_borrowed, total.bytes), report.prices.fits().back().row->key.kernel,
        100 * kProxyWidth);
    for (const std::string& line : estimate.borrowed) text += "  " + line + "\n";
  }
  if (!estimate.missing.empty()) {
    text += fmt::format(
        "not in the table, counted as nothing: {} of the bytes; the interval's end "
        "holds them at the network's mean J/byte\n",
        share(estimate.bytes_missing, total.bytes));
    for (const std::string& line : estimate.missing) text += "  " + line + "\n";
  }
  return text.empty() ? text : "\n" + text;
}

std::string comparison(const NetworkReport& report, const WhatIf& what_if) {
  const Cost& before = report.estimate.total();
  const Difference& change = what_if.difference;
  return fmt::format(
      "\nwith {}{}\n"
      "  energy  {} instead of {}: {}, {:+.1f} %, 90 % interval {}\n"
      "  time    {} instead of {}: {}, {:+.1f} %\n"
      "  power   {} instead of {}\n",
      what_if.settings, mark(report.table), scaled(what_if.total.energy.value, "J"),
      scaled(before.energy.value, "J"), scaled(change.energy.value, "J"),
      100 * (change.energy / before.energy).value, interval(change.low, change.high),
      scaled(what_if.total.time.value, "s"), scaled(before.time.value, "s"),
      scaled(change.time.value, "s"), 100 * (change.time / before.time).value,
      scaled(what_if.total.power().value, "W"), scaled(before.power().value, "W"));
}

}  // namespace

std::string report_text(const NetworkReport& report, const std::optional<WhatIf>& what_if) {
  std::string text = heading(report) + tree(report) + hungriest(report) + caveats(report);
  if (what_if) text += comparison(report, *what_if);
  const std::string warning = source_warning(report.table);
  return text + (warning.empty() || warning.ends_with('\n') ? warning : warning + "\n");
}

}  // namespace ergon
