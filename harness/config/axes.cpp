#include "harness/config/axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/config/plan.h"
#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"

namespace ergon {
namespace {

constexpr IntegerRange kExtents{1, std::numeric_limits<std::int64_t>::max()};

// The two ends of a range, the smaller first.
struct Ends {
  std::int64_t first, last;
};

Ends read_ends(const Yaml& node, const std::string& what) {
  if (node.kind != Yaml::Kind::list || node.items.size() != 2) {
    node.fail(fmt::format("{} is {}; expected two integers, [first, last]", what,
                          node.kind == Yaml::Kind::list
                              ? fmt::format("a list of {}", node.items.size())
                              : node.description()));
  }
  const Ends ends{read_integer(node.items[0], what, kExtents),
                  read_integer(node.items[1], what, kExtents)};
  if (ends.first > ends.last) {
    node.fail(fmt::format("{} goes from {} down to {}; expected the smaller first; swap the two",
                          what, ends.first, ends.last));
  }
  return ends;
}

const Yaml& required(const Yaml& map, const std::string& what, std::string_view key,
                     std::string_view example) {
  const Yaml* const node = map.find(key);
  if (node == nullptr) {
    map.fail(fmt::format("{} has no '{}'; expected {}", what, key, example));
  }
  return *node;
}

[[noreturn]] void fail_too_many(const Yaml& node, const std::string& what, double count) {
  node.fail(
      fmt::format("{} takes about {:.3g} values; expected at most {}; take a larger step or "
                  "ratio",
                  what, count, points_text(kPointsMax)));
}

std::vector<std::int64_t> read_range(const Yaml& map, const std::string& what) {
  const Ends ends = read_ends(*map.find("range"), what + ": range");
  const std::int64_t step = read_integer(
      required(map, what, "step", "{range: [64, 512], step: 64}"), what + ": step", kExtents);
  const std::int64_t count = (ends.last - ends.first) / step + 1;
  if (count > kPointsMax) fail_too_many(map, what, static_cast<double>(count));
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(ends.first + i * step);
  return values;
}

std::vector<std::int64_t> read_geometric(const Yaml& map, const std::string& what) {
  const Ends ends = read_ends(*map.find("geometric"), what + ": geometric");
  const Yaml& ratio_node = required(map, what, "ratio", "{geometric: [64, 1024], ratio: 2}");
  const double ratio = read_number(ratio_node, what + ": ratio", {0, 1e18});
  if (!(ratio > 1)) {
    ratio_node.fail(fmt::format("{}: ratio is {}; expected more than 1, so that the values grow",
                                what, ratio_node.text));
  }
  const double first = static_cast<double>(ends.first), last = static_cast<double>(ends.last);
  const double count = std::log(last / first) / std::log(ratio) + 1;
  if (count > static_cast<double>(kPointsMax)) fail_too_many(map, what, count);
  std::vector<std::int64_t> values{ends.first};
  // The slack lets the last value be reached in spite of rounding: 64 x 1.1^10 and the like.
  for (double value = first * ratio; value <= last * (1 + 1e-9); value *= ratio) {
    const std::int64_t rounded =
        value < 0x1p62 ? std::min<std::int64_t>(std::llround(value), ends.last) : ends.last;
    if (rounded != values.back()) values.push_back(rounded);
  }
  return values;
}

std::vector<std::int64_t> read_values(const Yaml& node, const std::string& what) {
  if (node.kind == Yaml::Kind::map) {
    static const std::vector<std::string> kRange{"range", "step"};
    static const std::vector<std::string> kGeometric{"geometric", "ratio"};
    static const std::vector<std::string> kEither{"range", "step", "geometric", "ratio"};
    if (node.find("range") != nullptr) {
      expect_map(node, what, kRange);
      return read_range(node, what);
    }
    if (node.find("geometric") != nullptr) {
      expect_map(node, what, kGeometric);
      return read_geometric(node, what);
    }
    expect_map(node, what, kEither);
    node.fail(
        fmt::format("{} has neither 'range' nor 'geometric'; expected {{range: [64, 512], "
                    "step: 64}} or {{geometric: [64, 1024], ratio: 2}}",
                    what));
  }
  std::vector<std::int64_t> values;
  for (const Yaml* item : one_or_more(node, what)) {
    values.push_back(read_integer(*item, what, kExtents));
  }
  return values;
}

std::vector<std::string> split_names(const Yaml& key) {
  std::vector<std::string> names(1);
  for (const char letter : key.text) {
    if (letter == ',') {
      names.emplace_back();
    } else if (letter != ' ') {
      names.back() += letter;
    }
  }
  return names;
}

// Rows of axes that move together.
std::vector<std::vector<std::int64_t>> read_rows(const Yaml& node, const std::string& what,
                                                 std::size_t width) {
  const auto fail = [&](const Yaml& at, const std::string& found) {
    at.fail(
        fmt::format("{} is {}; expected a list of rows of {} integers each, such as "
                    "[[{}], ...]",
                    what, found, width, width == 2 ? "768, 3072" : "1, 768, 3072"));
  };
  if (node.kind != Yaml::Kind::list || node.items.empty()) fail(node, node.description());
  std::vector<std::vector<std::int64_t>> rows;
  for (const Yaml& item : node.items) {
    if (item.kind != Yaml::Kind::list) fail(item, item.description());
    if (item.items.size() != width) fail(item, fmt::format("a row of {}", item.items.size()));
    std::vector<std::int64_t>& row = rows.emplace_back();
    for (const Yaml& extent : item.items) row.push_back(read_integer(extent, what, kExtents));
  }
  return rows;
}

void expect_axis(const Yaml& key, const std::string& name,
                 std::span<const std::string_view> known_names, std::string_view primitive) {
  const std::vector<std::string> known(known_names.begin(), known_names.end());
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  key.fail(fmt::format("{} has no axis '{}'; its axes: {}{}", primitive, name, joined(known),
                       did_you_mean(name, known)));
}

}  // namespace

std::vector<Sweep::ZippedAxes> read_axes(const Yaml& map, std::span<const std::string_view> names,
                                         std::string_view primitive) {
  if (map.kind != Yaml::Kind::map || map.items.empty()) {
    const std::vector<std::string> known(names.begin(), names.end());
    map.fail(fmt::format("axes is {}; expected a map with the axes of {}: {}", map.description(),
                         primitive, joined(known)));
  }
  std::vector<Sweep::ZippedAxes> axes;
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    Sweep::ZippedAxes zipped{split_names(map.keys[i]), {}};
    for (const std::string& name : zipped.names) {
      expect_axis(map.keys[i], name, names, primitive);
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
        map.keys[i].fail(
            fmt::format("axis {} stands twice; expected it once, alone or zipped", name));
      }
      seen.push_back(name);
    }
    if (zipped.names.size() == 1) {
      for (const std::int64_t value : read_values(map.items[i], "axis " + zipped.names[0])) {
        zipped.rows.push_back({value});
      }
    } else {
      zipped.rows = read_rows(map.items[i], fmt::format("axes {}", fmt::join(zipped.names, ",")),
                              zipped.names.size());
    }
    axes.push_back(std::move(zipped));
  }
  return axes;
}

}  // namespace ergon
