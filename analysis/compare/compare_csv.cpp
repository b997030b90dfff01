#include <cmath>

#include <fmt/format.h>

#include "analysis/compare/compare_report.h"

namespace ergon {
namespace {

// RFC 4180.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"') result += '"';
    result += letter;
  }
  return result + "\"";
}

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

struct RowName {
  std::string primitive, kernel, shape, conditions;
  double first = 0, second = 0;  // of the metric; NaN of a mean
};

std::string row(const PairComparison& pair, const std::string& source, const RowName& name,
                Metric metric, const Contrast& contrast) {
  std::string text = fmt::format("{},{},{},{},{},{},{},{},{},{},{},", side_letter(pair.first),
                                 side_letter(pair.second), quoted(source), quoted(name.primitive),
                                 quoted(name.kernel), quoted(name.shape), quoted(name.conditions),
                                 metric_name(metric), number(name.first), number(name.second),
                                 verdict_name(contrast.verdict));
  for (const double value : {contrast.ratio, contrast.low, contrast.high, contrast.low_without_gain,
                             contrast.high_without_gain, contrast.seen, contrast.p}) {
    text += number(value) + ",";
  }
  return text + quoted(contrast.reason) + "\n";
}

std::string pair_rows(const CompareReport& report, const PairComparison& pair) {
  const std::string mark = mark_of(report, pair);
  const std::string source = mark.empty() ? report.sides[pair.first].source : mark;
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::string text;
  for (const MeanContrast& mean : pair.means) {
    for (const Metric metric : kMetrics) {
      const RowName name{mean.name, "", "geometric mean", "", kNone, kNone};
      text += row(pair, source, name, metric, mean.contrasts[index_of(metric)]);
    }
  }
  for (const ShapeContrast& shape : pair.shapes) {
    const PointValue& point = *shape.first;
    for (const Metric metric : kMetrics) {
      const std::size_t m = index_of(metric);
      const RowName name{std::string(point.problem.primitive->name),
                         point.kernel,
                         point.shape,
                         conditions_text(point),
                         std::exp(point.values[m].value),
                         shape.second == nullptr ? kNone : std::exp(shape.second->values[m].value)};
      text += row(pair, source, name, metric, shape.contrasts[m]);
    }
  }
  return text;
}

}  // namespace

std::string compare_csv(const CompareReport& report) {
  std::string text =
      "first,second,source,primitive,kernel,shape,conditions,metric,first_value,second_value,"
      "verdict,ratio,low,high,low_without_gain,high_without_gain,seen,p,reason\n";
  for (const PairComparison& pair : report.pairs) text += pair_rows(report, pair);
  return text;
}

}  // namespace ergon
