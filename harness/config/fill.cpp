#include "harness/config/fill.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"

namespace ergon {
namespace {

constexpr Fill::Kind kKinds[] = {Fill::Kind::uniform, Fill::Kind::normal, Fill::Kind::zeros,
                                 Fill::Kind::constant, Fill::Kind::sparse};

bool is_random(Fill::Kind kind) {
  return kind != Fill::Kind::zeros && kind != Fill::Kind::constant;
}

int read_zero_permille(const Yaml& node) {
  const double fraction = read_number(node, "zero_fraction", {0.001, 0.999});
  const double permille = std::round(fraction * 1000);
  if (std::abs(fraction * 1000 - permille) > 1e-6) {
    node.fail(fmt::format("zero_fraction is {}; expected at most three decimals, such as {:.3f}",
                          node.text, permille / 1000));
  }
  return static_cast<int>(permille);
}

}  // namespace

std::string_view fill_kind_name(Fill::Kind kind) {
  switch (kind) {
    case Fill::Kind::uniform:
      return "uniform";
    case Fill::Kind::normal:
      return "normal";
    case Fill::Kind::zeros:
      return "zeros";
    case Fill::Kind::constant:
      return "constant";
    case Fill::Kind::sparse:
      return "sparse";
  }
  return "";
}

std::optional<Fill::Kind> fill_kind_named(std::string_view name) {
  for (const Fill::Kind kind : kKinds) {
    if (fill_kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

Fill read_fill(const Yaml& node) {
  std::vector<std::string> known;
  for (const Fill::Kind kind : kKinds) known.emplace_back(fill_kind_name(kind));
  Fill fill;
  const Yaml* settings = nullptr;
  if (node.kind == Yaml::Kind::map) {
    expect_map(node, "fill", known);
    if (node.keys.size() != 1) {
      node.fail(
          fmt::format("one fill has {} keys; expected one, such as {{sparse: "
                      "{{zero_fraction: 0.9}}}}; write several fills as a list",
                      node.keys.size()));
    }
    settings = &node.items[0];
  }
  const Yaml& name = settings == nullptr ? node : node.keys[0];
  fill.kind = *fill_kind_named(read_choice(name, "fill", known));
  std::vector<std::string> keys;
  if (is_random(fill.kind)) keys.emplace_back("seed");
  if (fill.kind == Fill::Kind::sparse) keys.emplace_back("zero_fraction");
  const Yaml* zero_fraction = nullptr;
  if (settings != nullptr) {
    expect_map(*settings, "fill " + name.text, keys);
    zero_fraction = settings->find("zero_fraction");
    if (const Yaml* seed = settings->find("seed")) {
      fill.seed = static_cast<std::uint64_t>(
          read_integer(*seed, "seed", {0, std::numeric_limits<std::int64_t>::max()}));
    }
  }
  if (zero_fraction != nullptr) fill.zero_permille = read_zero_permille(*zero_fraction);
  if (fill.kind == Fill::Kind::sparse && zero_fraction == nullptr) {
    name.fail("fill sparse has no zero_fraction; expected {sparse: {zero_fraction: 0.9}}");
  }
  return fill;
}

}  // namespace ergon
