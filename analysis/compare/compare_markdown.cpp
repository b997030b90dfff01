#include <algorithm>

#include <fmt/format.h>

#include "analysis/compare/compare_report.h"

namespace ergon {
namespace {

std::string cell(const Contrast& contrast) {
  if (!contrast.compared()) return "not comparable: " + contrast.reason;
  return fmt::format("{:.4g} [{:.4g}, {:.4g}] {}", contrast.ratio, contrast.low, contrast.high,
                     verdict_name(contrast.verdict));
}

std::string table_row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (std::string cell : cells) {
    for (std::size_t at = cell.find('|'); at != std::string::npos; at = cell.find('|', at + 2)) {
      cell.insert(at, "\\");
    }
    text += " " + cell + " |";
  }
  return text + "\n";
}

std::string head(std::vector<std::string> names, const std::string& mark) {
  for (const Metric metric : kMetrics) {
    const bool marked = !mark.empty() && metric != Metric::time;
    names.push_back(
        fmt::format("{}{}", metric_name(metric), marked ? fmt::format(" ({})", mark) : ""));
  }
  return table_row(names) + table_row(std::vector<std::string>(names.size(), "---"));
}

template <class Contrasts>
void append_cells(std::vector<std::string>& row, const Contrasts& contrasts) {
  for (const Metric metric : kMetrics) row.push_back(cell(contrasts[index_of(metric)]));
}

std::string pair_markdown(const CompareReport& report, const PairComparison& pair) {
  const std::string mark = mark_of(report, pair);
  std::string text =
      fmt::format("\n## {} over {}\n\n", side_letter(pair.second), side_letter(pair.first));
  for (const std::string& note : pair.notes) text += fmt::format("- {}\n", note);
  text += "\n" + head({"geometric mean", "shapes"}, mark);
  for (const MeanContrast& mean : pair.means) {
    std::vector<std::string> row = {mean.name,
                                    fmt::format("{}", *std::ranges::max_element(mean.shapes))};
    append_cells(row, mean.contrasts);
    text += table_row(row);
  }
  text += "\n" + head({"kernel", "conditions", "shape"}, mark);
  for (const ShapeContrast& shape : pair.shapes) {
    std::vector<std::string> row = {shape.first->kernel, conditions_text(*shape.first),
                                    shape.first->shape};
    append_cells(row, shape.contrasts);
    text += table_row(row);
  }
  if (!pair.crossovers.empty()) {
    text += "\n| metric | kernel | axis | others | below | above | crosses near | lower below |\n";
    text += "|---|---|---|---|---|---|---|---|\n";
  }
  for (const Crossover& turn : pair.crossovers) {
    text += table_row({std::string(metric_name(turn.metric)), turn.kernel, turn.axis, turn.others,
                       fmt::format("{}", turn.below), fmt::format("{}", turn.above),
                       fmt::format("{:.4g}", turn.at),
                       side_letter(turn.second_lower_below ? pair.second : pair.first)});
  }
  if (!pair.changes.empty()) text += "\n| changed | before | after |\n|---|---|---|\n";
  for (const FactChange& change : pair.changes) {
    const auto values = [](const std::vector<std::string>& all) {
      return all.empty() ? std::string("not told") : fmt::format("{}", fmt::join(all, ", "));
    };
    text += table_row({change.name, values(change.first), values(change.second)});
  }
  return text;
}

std::string matrix(const CompareReport& report) {
  std::string text = "\n| second over first |";
  std::string rule = "\n|---|";
  for (const Metric metric : kMetrics) {
    text += fmt::format(" {} |", metric_name(metric));
    rule += "---|";
  }
  text += rule + "\n";
  for (const PairComparison& pair : report.pairs) {
    if (pair.means.empty()) continue;
    const std::string mark = mark_of(report, pair);
    std::vector<std::string> row = {
        fmt::format("{} over {}{}", side_letter(pair.second), side_letter(pair.first),
                    mark.empty() ? "" : fmt::format(" (joules {})", mark))};
    append_cells(row, pair.means.front().contrasts);
    text += table_row(row);
  }
  return text;
}

}  // namespace

std::string compare_markdown(const CompareReport& report) {
  std::string text = "# Comparison\n\n";
  for (std::size_t s = 0; s < report.sides.size(); ++s) {
    const SideData& side = report.sides[s];
    text +=
        fmt::format("- {}: {}; {}; {} energy, {}\n", side_letter(s), side.name,
                    fmt::join(side.devices, " and "), energy_kind_name(side.energy), side.source);
  }
  text += "\nIntervals hold all together in 95 % of comparisons or more.\n";
  if (report.sides.size() > 2) text += matrix(report);
  for (const PairComparison& pair : report.pairs) text += pair_markdown(report, pair);
  return text;
}

}  // namespace ergon
