#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "analysis/compare/compare_report.h"

namespace ergon {
namespace {

constexpr std::size_t kShapesShown = 60;
constexpr std::size_t kChangeWidth = 60;

std::string half_width(double relative) {
  return relative < 10 ? fmt::format("+-{:.2g} %", 100 * relative) : "+->1000 %";
}

std::string cell(const Contrast& contrast) {
  if (!contrast.compared()) return "-";
  return fmt::format("{:.4g} {} {}", contrast.ratio, half_width(contrast.seen),
                     verdict_name(contrast.verdict));
}

// Sentences, folded into lines that are indented behind the first.
std::string folded(const std::string& text, std::size_t width = 98) {
  std::string result = "  ";
  std::size_t column = 2;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (column > 4 && column + 1 + end - begin > width) {
      result += "\n   ";
      column = 3;
    }
    if (column > 2) result += " ";
    result += text.substr(begin, end - begin);
    column += 1 + end - begin;
    begin = end + 1;
  }
  return result + "\n";
}

std::string heading_of(Metric metric, const std::string& mark) {
  if (metric == Metric::time || mark.empty()) return std::string(metric_name(metric));
  return fmt::format("{} ({})", metric_name(metric), mark);
}

// A table with columns as wide as they need be.
class TextTable {
 public:
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] std::string text(const std::string& indent) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()), 0);
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows_) {
      std::string line = indent;
      for (std::size_t i = 0; i < row.size(); ++i) {
        line += fmt::format("{:{}}{}", row[i], widths[i], i + 1 < row.size() ? "  " : "");
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::vector<std::string> metric_headings(std::vector<std::string> first, const std::string& mark) {
  for (const Metric metric : kMetrics) first.push_back(heading_of(metric, mark));
  return first;
}

std::string sides_text(const CompareReport& report) {
  std::string text;
  std::set<std::string> sources;
  for (std::size_t s = 0; s < report.sides.size(); ++s) {
    const SideData& side = report.sides[s];
    text += fmt::format("{}  {}: {}; {} {}; {} energy, {}\n", side_letter(s), side.name,
                        fmt::join(side.devices, " and "), side.points.size(),
                        side.is_table ? "predictions" : "points", energy_kind_name(side.energy),
                        side.source);
    for (const auto& [reason, count] : side.left_out) {
      text += fmt::format("   left out: {} {}\n", count, reason);
    }
    sources.insert(side.source);
  }
  for (const std::string& source : sources) {
    if (source == "measured" || source == "unmeasured") continue;
    text += fmt::format("joules that are {} are no measurements of these devices\n", source);
  }
  return text;
}

std::string means_text(const PairComparison& pair, const std::string& mark) {
  TextTable table;
  table.add(metric_headings({"geometric mean", "shapes"}, mark));
  for (const MeanContrast& mean : pair.means) {
    std::vector<std::string> row = {mean.name,
                                    fmt::format("{}", *std::ranges::max_element(mean.shapes))};
    for (const Metric metric : kMetrics) row.push_back(cell(mean.contrasts[index_of(metric)]));
    table.add(std::move(row));
  }
  return table.text("  ");
}

bool is_told(const ShapeContrast& shape) {
  return std::ranges::any_of(shape.contrasts, [](const Contrast& contrast) {
    return contrast.verdict == Verdict::lower || contrast.verdict == Verdict::higher;
  });
}

std::string shapes_text(const CompareReport& report, const PairComparison& pair,
                        const std::string& mark) {
  std::map<std::string, TextTable> tables;
  std::size_t compared = 0, hidden = 0;
  for (const ShapeContrast& shape : pair.shapes) compared += shape.second != nullptr ? 1 : 0;
  for (const ShapeContrast& shape : pair.shapes) {
    if (shape.second == nullptr) continue;
    if (compared > kShapesShown && !report.every_shape && !is_told(shape)) {
      ++hidden;
      continue;
    }
    std::string name = shape.first->kernel;
    if (shape.second->kernel != name) name += " against " + shape.second->kernel;
    TextTable& table =
        tables.try_emplace(fmt::format("{}: {}", name, conditions_text(*shape.first)))
            .first->second;
    std::vector<std::string> row = {shape.first->shape};
    for (const Metric metric : kMetrics) row.push_back(cell(shape.contrasts[index_of(metric)]));
    if (shape.first->extrapolated || shape.second->extrapolated) row.emplace_back("extrapolated");
    table.add(std::move(row));
  }
  std::string text;
  for (const auto& [name, table] : tables) {
    text += fmt::format("\n{}; {}\n{}", name,
                        mark.empty() ? "energy, time, power, edp"
                                     : fmt::format("energy, power and edp {}; time", mark),
                        table.text("  "));
  }
  if (hidden > 0) {
    text += fmt::format(
        "\n{} shapes in which nothing is told lower or higher are not shown; --all "
        "shows them\n",
        hidden);
  }
  return text;
}

std::string tally_text(const PairComparison& pair) {
  std::string text;
  for (const Metric metric : kMetrics) {
    std::map<Verdict, int> counts;
    double low = 1e300, high = 0;
    for (const ShapeContrast& shape : pair.shapes) {
      if (shape.second == nullptr) continue;
      const Contrast& contrast = shape.contrasts[index_of(metric)];
      ++counts[contrast.verdict];
      if (!contrast.compared()) continue;
      low = std::min(low, contrast.seen);
      high = std::max(high, contrast.seen);
    }
    std::string line;
    for (const auto& [verdict, count] : counts) {
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", count, verdict_name(verdict));
    }
    if (line.empty()) continue;
    text += fmt::format("  {:6}  {}", metric_name(metric), line);
    if (high > 0) {
      text += fmt::format("; what a shape must differ by to be told: {} to {}", half_width(low),
                          half_width(high));
    }
    text += "\n";
  }
  return text.empty() ? "" : "\nverdicts on shapes\n" + text;
}

std::string reasons_text(const PairComparison& pair) {
  std::map<std::string, int> reasons;
  for (const ShapeContrast& shape : pair.shapes) {
    if (!shape.reason.empty()) ++reasons[shape.reason];
    if (shape.second == nullptr) continue;
    for (const Metric metric : {Metric::energy, Metric::time}) {
      const std::string& reason = shape.contrasts[index_of(metric)].reason;
      if (!reason.empty()) ++reasons[fmt::format("{} of: {}", metric_name(metric), reason)];
    }
  }
  if (pair.alone_first > 0) {
    reasons[fmt::format("only in {}", side_letter(pair.first))] = pair.alone_first;
  }
  if (pair.alone_second > 0) {
    reasons[fmt::format("only in {}", side_letter(pair.second))] = pair.alone_second;
  }
  std::string text;
  for (const auto& [reason, count] : reasons) {
    text += fmt::format("  {} {}: {}\n", count, count == 1 ? "point" : "points", reason);
  }
  return text.empty() ? "" : "\nnot comparable\n" + text;
}

std::string crossovers_text(const PairComparison& pair) {
  constexpr std::size_t kShown = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, pair.crossovers.size()); ++i) {
    const Crossover& turn = pair.crossovers[i];
    const std::string below = side_letter(turn.second_lower_below ? pair.second : pair.first);
    const std::string above = side_letter(turn.second_lower_below ? pair.first : pair.second);
    text += fmt::format(
        "  {} of {}{}{}: {} is lower at {} {}, {} from {}; the lines cross near "
        "{:.3g}\n",
        metric_name(turn.metric), turn.kernel, turn.others.empty() ? "" : ", ", turn.others, below,
        turn.axis, turn.below, above, turn.above, turn.at);
  }
  if (pair.crossovers.size() > kShown) {
    text += fmt::format("  and {} more\n", pair.crossovers.size() - kShown);
  }
  return text.empty() ? "" : "\nwhere the order turns\n" + text;
}

std::string shortened(const std::vector<std::string>& values) {
  if (values.empty()) return "not told";
  std::string text = fmt::format("{}", fmt::join(values, " and "));
  if (text.size() > kChangeWidth) text = text.substr(0, kChangeWidth - 3) + "...";
  return text;
}

std::string changes_text(const PairComparison& pair) {
  if (pair.changes.empty()) return "\nnothing that the files tell has changed between the sides\n";
  std::string text = "\nwhat has changed, and may explain a difference\n";
  for (const FactChange& change : pair.changes) {
    text += fmt::format("  {}: {} -> {}\n", change.name, shortened(change.first),
                        shortened(change.second));
  }
  return text;
}

std::string pair_text(const CompareReport& report, const PairComparison& pair, bool with_shapes) {
  const std::string mark = mark_of(report, pair);
  std::string text =
      fmt::format("\n{} over {}{}\n", side_letter(pair.second), side_letter(pair.first),
                  mark.empty() ? "" : fmt::format(" (joules {})", mark));
  for (const std::string& note : pair.notes) text += folded(note);
  if (!pair.means.empty()) text += "\n" + means_text(pair, mark);
  if (with_shapes) text += shapes_text(report, pair, mark);
  text += tally_text(pair) + crossovers_text(pair) + reasons_text(pair);
  return text + changes_text(pair);
}

const MeanContrast* mean_of_all(const PairComparison& pair) {
  return pair.means.empty() ? nullptr : &pair.means.front();
}

// Geometric means of every side over every other: columns over rows.
std::string matrix_text(const CompareReport& report) {
  std::string text;
  for (const Metric metric : kMetrics) {
    std::set<std::string> marks;
    for (const PairComparison& pair : report.pairs) {
      if (const std::string mark = mark_of(report, pair); !mark.empty()) marks.insert(mark);
    }
    TextTable table;
    std::vector<std::string> head = {heading_of(metric, fmt::format("{}", fmt::join(marks, ", ")))};
    for (std::size_t s = 1; s < report.sides.size(); ++s) head.push_back(side_letter(s) + " over");
    table.add(head);
    for (std::size_t a = 0; a + 1 < report.sides.size(); ++a) {
      std::vector<std::string> row = {side_letter(a)};
      for (std::size_t b = 1; b < report.sides.size(); ++b) {
        const auto pair = std::ranges::find_if(report.pairs, [&](const PairComparison& candidate) {
          return candidate.first == a && candidate.second == b;
        });
        const bool there = pair != report.pairs.end() && mean_of_all(*pair) != nullptr;
        row.push_back(there ? cell(mean_of_all(*pair)->contrasts[index_of(metric)]) : "");
      }
      table.add(std::move(row));
    }
    text += "\n" + table.text("  ");
  }
  return text;
}

}  // namespace

std::string side_letter(std::size_t side) {
  std::string letters(1, static_cast<char>('A' + side % 26));
  return side < 26 ? letters : letters + std::to_string(side / 26);
}

std::string mark_of(const CompareReport& report, const PairComparison& pair) {
  const std::string& first = report.sides[pair.first].source;
  const std::string& second = report.sides[pair.second].source;
  if (first == second) return first == "measured" || first == "unmeasured" ? "" : first;
  return fmt::format("{} against {}", first, second);
}

std::string conditions_text(const PointValue& point) {
  std::string text;
  for (const auto& [field, value] : point.conditions) {
    if (field == "kernel" || (field == "ranks" && value == "1 on 1")) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field, value);
  }
  return text;
}

std::string compare_text(const CompareReport& report) {
  std::string text = sides_text(report);
  text +=
      "ratios hold, all of this page together, within their +- in 95 % of comparisons or more\n";
  const bool matrix = report.sides.size() > 2;
  if (matrix) text += "\ngeometric means over the shapes that two sides share\n";
  if (matrix) text += matrix_text(report);
  for (const PairComparison& pair : report.pairs) {
    text += pair_text(report, pair, !matrix || report.every_shape);
  }
  return text;
}

}  // namespace ergon
