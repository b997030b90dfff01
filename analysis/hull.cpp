#include "analysis/hull.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {

namespace {

struct Sizes {
  double flops, bytes, intensity;
};

Sizes sizes_of(const Problem& problem) {
  const Work work = problem.primitive->work(problem);
  const auto flops = static_cast<double>(work.flops);
  const auto bytes = static_cast<double>(work.bytes());
  return {flops, bytes, bytes > 0 ? flops / bytes : 0};
}

void widen(Range& range, double value, bool first) {
  range.low = first ? value : std::min(range.low, value);
  range.high = first ? value : std::max(range.high, value);
}

void check(std::string_view name, const Range& range, double value,
           std::vector<std::string>& outside) {
  if (range.contains(value)) return;
  outside.push_back(
      fmt::format("{} {:.6g} is beyond {:.6g}..{:.6g}", name, value, range.low, range.high));
}

}  // namespace

Hull make_hull(std::span<const Problem* const> problems) {
  ERGON_ASSERT(!problems.empty());
  Hull hull;
  const Primitive& primitive = *problems.front()->primitive;
  for (const std::string_view axis : primitive.axes) hull.axes.push_back({std::string(axis), {}});
  for (const ergon::Option& option : primitive.options) {
    hull.options.push_back({std::string(option.name), {}});
  }
  for (const Problem* problem : problems) {
    const bool first = problem == problems.front();
    const Sizes sizes = sizes_of(*problem);
    widen(hull.flops, sizes.flops, first);
    widen(hull.bytes, sizes.bytes, first);
    widen(hull.intensity, sizes.intensity, first);
    for (std::size_t a = 0; a < hull.axes.size(); ++a) {
      widen(hull.axes[a].range, static_cast<double>(problem->extents[a]), first);
    }
    for (std::size_t o = 0; o < hull.options.size(); ++o) {
      const std::string value(primitive.options[o].values[problem->choices[o]]);
      std::vector<std::string>& values = hull.options[o].values;
      if (std::ranges::find(values, value) == values.end()) values.push_back(value);
    }
  }
  for (Hull::Option& option : hull.options) std::ranges::sort(option.values);
  std::ranges::sort(hull.axes, {}, &Hull::Axis::name);
  std::ranges::sort(hull.options, {}, &Hull::Option::name);
  return hull;
}

std::vector<std::string> beyond(const Hull& hull, const Problem& problem) {
  std::vector<std::string> outside;
  for (const Hull::Axis& axis : hull.axes) {
    check(axis.name, axis.range, static_cast<double>(problem.extent(axis.name)), outside);
  }
  for (const Hull::Option& option : hull.options) {
    const std::string value(problem.choice(option.name));
    if (std::ranges::find(option.values, value) != option.values.end()) continue;
    outside.push_back(fmt::format("{} '{}' is not among '{}'", option.name, value,
                                  fmt::join(option.values, "', '")));
  }
  const Sizes sizes = sizes_of(problem);
  check("flops", hull.flops, sizes.flops, outside);
  check("bytes", hull.bytes, sizes.bytes, outside);
  check("flops/byte", hull.intensity, sizes.intensity, outside);
  return outside;
}

}  // namespace ergon
