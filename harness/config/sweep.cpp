#include "harness/config/sweep.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "harness/config/axes.h"
#include "harness/config/frozen_sweep.h"
#include "harness/config/group.h"
#include "harness/config/plan.h"
#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"
#include "harness/meter/meter.h"
#include "kernels/device.h"

namespace ergon {
namespace {

// The CPUs this process may run on, as the CPU device counts them.
int cpus_of_this_process() {
  for (const DeviceType* type : device::all()) {
    if (type->kind != DeviceKind::cpu) continue;
    std::string why_not;
    if (const auto device = type->open(0, why_not)) return device->threads_max();
  }
  return 1;
}

MeterRequest read_meter(const Yaml& node) {
  const std::vector<std::string> known = names_of(meter::all());
  MeterRequest request;
  if (node.kind != Yaml::Kind::map) {
    request.name = read_choice(node, "meters", known);
    return request;
  }
  expect_map(node, "meters", known);
  if (node.keys.size() != 1) {
    node.fail(
        fmt::format("one meter has {} keys; expected one, such as {{estimate: {{...}}}}; "
                    "write several meters as a list",
                    node.keys.size()));
  }
  request.name = node.keys[0].text;
  const Yaml& settings = node.items[0];
  std::vector<std::string> options;
  for (const MeterOption& option : meter::named(request.name)->options) {
    options.emplace_back(option.name);
  }
  expect_map(settings, "meter " + request.name, options);
  for (std::size_t i = 0; i < settings.keys.size(); ++i) {
    request.options[settings.keys[i].text] =
        read_number(settings.items[i], settings.keys[i].text,
                    {std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()});
  }
  return request;
}

std::vector<MeterRequest> read_meters(const Yaml& node) {
  std::vector<MeterRequest> requests;
  for (const Yaml* item : one_or_more(node, "meters")) {
    MeterRequest request = read_meter(*item);
    for (const MeterRequest& other : requests) {
      if (other.name == request.name) {
        item->fail(fmt::format("meter {} stands twice; expected each meter once", request.name));
      }
    }
    requests.push_back(std::move(request));
  }
  return requests;
}

// Counts the product before anything is made of it.
void expect_countable(const Yaml& groups, const Sweep& sweep) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < sweep.groups.size(); ++i) {
    if (__builtin_add_overflow(total, count_points(sweep.groups[i]), &total)) {
      total = std::numeric_limits<std::int64_t>::max();
    }
    if (total <= kPointsMax) continue;
    const Yaml& group = groups.kind == Yaml::Kind::list ? groups.items[i] : groups;
    group.fail(
        fmt::format("this group brings the sweep to {} points; expected at most {}; take "
                    "fewer values of an axis, or split the sweep",
                    points_text(total), points_text(kPointsMax)));
  }
}

std::vector<std::filesystem::path> shape_folders(const std::filesystem::path& name) {
  return {name.parent_path() / "shapes", std::filesystem::path(ERGON_CONFIGS_DIR) / "shapes"};
}

// All but the groups.
Sweep read_conditions(const Yaml& root, const std::string& text,
                      const std::filesystem::path& name) {
  static const std::vector<std::string> kKeys{"name", "seed", "protocol", "meters", "groups"};
  if (root.kind == Yaml::Kind::nothing) {
    root.fail(
        "the file is empty; expected a sweep with 'groups'; start from "
        "configs/quickstart.yaml");
  }
  expect_map(root, "this sweep", kKeys);
  Sweep sweep;
  sweep.name = name.stem().string();
  sweep.protocol = protocol_presets()[0];
  sweep.text = text;
  if (const Yaml* node = root.find("name")) sweep.name = read_word(*node, "name", "a word");
  if (const Yaml* node = root.find("seed")) {
    sweep.seed = static_cast<std::uint64_t>(
        read_integer(*node, "seed", {0, std::numeric_limits<std::int64_t>::max()}));
  }
  if (const Yaml* node = root.find("protocol")) sweep.protocol = read_protocol(*node);
  if (const Yaml* node = root.find("meters")) sweep.meters = read_meters(*node);
  return sweep;
}

Sweep parse_for(const std::string& text, const std::filesystem::path& name, int cpus) {
  const Yaml root = parse_yaml(text, name.string());
  Sweep sweep = read_conditions(root, text, name);
  const Yaml* const groups = root.find("groups");
  if (groups == nullptr) {
    root.fail(
        "this sweep has no 'groups'; expected a list of kernels and axes; start from "
        "configs/quickstart.yaml");
  }
  Shapes shapes(shape_folders(name));
  const GroupSite site{shapes, cpus > 0 ? cpus : cpus_of_this_process()};
  for (const Yaml* node : one_or_more(*groups, "groups")) {
    for (Sweep::Group& group : read_groups(*node, site)) sweep.groups.push_back(std::move(group));
  }
  expect_countable(*groups, sweep);
  return sweep;
}

}  // namespace

Sweep parse_sweep_conditions(const std::string& text, const std::filesystem::path& name) {
  return read_conditions(parse_yaml(text, name.string()), text, name);
}

Sweep parse_sweep(const std::string& text, const std::filesystem::path& name) {
  return parse_for(text, name, 0);
}

Sweep read_sweep(const std::filesystem::path& yaml) { return read_sweep_for(yaml, 0); }

Sweep read_sweep_for(const std::filesystem::path& yaml, int cpus) {
  return parse_for(read_text_file(yaml, "a sweep in YAML"), yaml, cpus);
}

}  // namespace ergon
