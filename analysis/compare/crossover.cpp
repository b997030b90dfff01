#include "analysis/compare/crossover.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "analysis/compare/compare.h"

namespace ergon {
namespace {

bool is_told(const Contrast& contrast) {
  return contrast.verdict == Verdict::lower || contrast.verdict == Verdict::higher;
}

// Points that differ along one axis alone, by their extents on it.
using Line = std::map<std::int64_t, const ShapeContrast*>;

std::string without_axis(const PointValue& point, std::size_t axis) {
  const Primitive& primitive = *point.problem.primitive;
  std::string text;
  for (std::size_t i = 0; i < primitive.axes.size(); ++i) {
    if (i == axis) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", primitive.axes[i],
                        point.problem.extents[i]);
  }
  for (std::size_t i = 0; i < primitive.options.size(); ++i) {
    if (point.problem.choices[i] == 0) continue;
    text += fmt::format(",{}={}", primitive.options[i].name,
                        primitive.options[i].values[point.problem.choices[i]]);
  }
  return text;
}

void follow(const Line& line, Metric metric, std::size_t axis, const std::string& others,
            std::vector<Crossover>& found) {
  const std::pair<const std::int64_t, const ShapeContrast*>* last = nullptr;
  for (const auto& here : line) {
    const Contrast& contrast = here.second->contrasts[index_of(metric)];
    if (!is_told(contrast)) continue;
    if (last != nullptr) {
      const Contrast& before = last->second->contrasts[index_of(metric)];
      if (before.verdict != contrast.verdict) {
        const double x0 = std::log(static_cast<double>(last->first));
        const double x1 = std::log(static_cast<double>(here.first));
        const double y0 = std::log(before.ratio), y1 = std::log(contrast.ratio);
        const PointValue& point = *here.second->first;
        found.push_back({.metric = metric,
                         .primitive = std::string(point.problem.primitive->name),
                         .kernel = point.kernel,
                         .axis = std::string(point.problem.primitive->axes[axis]),
                         .others = others,
                         .below = last->first,
                         .above = here.first,
                         .at = std::exp(x0 - y0 * (x1 - x0) / (y1 - y0)),
                         .second_lower_below = before.verdict == Verdict::lower});
      }
    }
    last = &here;
  }
}

}  // namespace

std::vector<Crossover> find_crossovers(const std::vector<ShapeContrast>& shapes) {
  // By axis, conditions and the other extents.
  std::map<std::pair<std::size_t, std::string>, std::pair<std::string, Line>> lines;
  for (const ShapeContrast& shape : shapes) {
    if (shape.second == nullptr) continue;
    const PointValue& point = *shape.first;
    std::string conditions(point.problem.primitive->name);
    for (const auto& [field, text] : point.conditions) conditions += "|" + text;
    for (std::size_t axis = 0; axis < point.problem.extents.size(); ++axis) {
      const std::string others = without_axis(point, axis);
      auto& [kept, line] = lines[{axis, conditions + "|" + others}];
      kept = others;
      line[point.problem.extents[axis]] = &shape;
    }
  }
  std::vector<Crossover> found;
  for (const Metric metric : kMetrics) {
    for (const auto& [key, named] : lines) {
      follow(named.second, metric, key.first, named.first, found);
    }
  }
  return found;
}

}  // namespace ergon
