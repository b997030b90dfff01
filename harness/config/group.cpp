#include "harness/config/group.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/config/axes.h"
#include "harness/config/dtypes.h"
#include "harness/config/glob.h"
#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"
#include "kernels/primitive.h"

namespace ergon {
namespace {

constexpr std::int64_t kThreadsMax = 65536;

std::vector<std::string> kernels_of(std::string_view primitive) {
  std::vector<std::string> names;
  for (const Kernel* kernel : kernel::all()) {
    if (kernel->primitive == primitive) names.emplace_back(kernel->name);
  }
  return names;
}

// What `gemm/best` stands for: of our kernels that take these dtypes the one for the widest
// instructions that this machine has. Where none takes them, the widest, which says why not.
const Kernel* best_kernel(std::string_view primitive, const Dtypes& dtypes) {
  const Kernel* widest = nullptr;
  for (const std::string_view name :
       {"avx512_bf16", "avx512_vnni", "avx512", "avx2", "neon", "spin", "reference"}) {
    const Kernel* kernel = kernel::named(fmt::format("{}/{}", primitive, name));
    if (kernel == nullptr || !kernel_unavailable(*kernel).empty()) continue;
    if (widest == nullptr) widest = kernel;
    constexpr std::int64_t kAnyExtent = 16;
    const Primitive& its = *primitive::named(kernel->primitive);
    Problem problem = make_problem(its, std::vector<std::int64_t>(its.axes.size(), kAnyExtent));
    problem.dtypes = dtypes;
    if (kernel->refuses(problem, false).empty()) return kernel;
  }
  return widest;
}

// The kernels that one id or glob stands for, in the order of the registry.
std::vector<const Kernel*> kernels_matching(const Yaml& node, const Dtypes& dtypes) {
  const std::string& id = read_word(node, "kernels", "ids or globs such as gemm/avx512, gemm/*");
  const std::size_t slash = id.find('/');
  if (slash == std::string::npos) {
    node.fail(
        fmt::format("kernel '{}' has no primitive; expected primitive/kernel, such as "
                    "gemm/{}; `ergon list kernels` shows all",
                    id, id));
  }
  const std::string primitive = id.substr(0, slash), pattern = id.substr(slash + 1);
  if (pattern == "best") {
    if (const Kernel* best = best_kernel(primitive, dtypes)) return {best};
  }
  std::vector<const Kernel*> kernels;
  for (const Kernel* kernel : kernel::all()) {
    if (glob_matches(primitive, kernel->primitive) && glob_matches(pattern, kernel->name)) {
      kernels.push_back(kernel);
    }
  }
  if (!kernels.empty()) return kernels;
  if (primitive::named(primitive) == nullptr) {
    const std::vector<std::string> known = names_of(primitive::all());
    node.fail(fmt::format("there is no primitive '{}'; known: {}{}", primitive, joined(known),
                          did_you_mean(primitive, known)));
  }
  const std::vector<std::string> known = kernels_of(primitive);
  node.fail(fmt::format("{} has no kernel '{}'; its kernels in this build: {}{}", primitive,
                        pattern, joined(known), did_you_mean(pattern, known)));
}

std::vector<const Kernel*> read_kernels(const Yaml& node, const Dtypes& dtypes) {
  std::vector<const Kernel*> kernels;
  for (const Yaml* item : one_or_more(node, "kernels")) {
    for (const Kernel* kernel : kernels_matching(*item, dtypes)) {
      const std::string_view first = kernels.empty() ? kernel->primitive : kernels[0]->primitive;
      if (kernel->primitive != first) {
        item->fail(
            fmt::format("'{}' is a kernel of {}, the group began with {}; expected kernels "
                        "of one primitive; give each primitive a group of its own",
                        kernel_id(*kernel), kernel->primitive, first));
      }
      if (std::find(kernels.begin(), kernels.end(), kernel) == kernels.end()) {
        kernels.push_back(kernel);
      }
    }
  }
  return kernels;
}

std::map<std::string, std::vector<std::string>> read_options(const Yaml& node,
                                                             const Primitive& primitive) {
  std::vector<std::string> known;
  for (const Option& option : primitive.options) known.emplace_back(option.name);
  expect_map(node, fmt::format("the options of {}", primitive.name), known);
  std::map<std::string, std::vector<std::string>> options;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string what = "option " + node.keys[i].text;
    const auto option = std::find(known.begin(), known.end(), node.keys[i].text) - known.begin();
    const auto values = primitive.options[static_cast<std::size_t>(option)].values;
    const std::vector<std::string> known_values(values.begin(), values.end());
    for (const Yaml* item : one_or_more(node.items[i], what)) {
      options[node.keys[i].text].push_back(read_choice(*item, what, known_values));
    }
  }
  return options;
}

int read_threads(const Yaml& node, int threads_all) {
  if (node.kind == Yaml::Kind::scalar && node.text == "all") return threads_all;
  if (node.kind == Yaml::Kind::scalar && node.text.find_first_not_of("-0123456789") == 0) {
    node.fail(fmt::format("threads is '{}'; expected an integer from 1 to {}, or all", node.text,
                          kThreadsMax));
  }
  return static_cast<int>(read_integer(node, "threads", {1, kThreadsMax}));
}

// Axes of the group: those written in it, and those of its shape lists, whose rows are joined.
std::vector<Sweep::ZippedAxes> read_group_axes(const Yaml& group, const Primitive& primitive,
                                               Shapes& shapes) {
  std::vector<Sweep::ZippedAxes> axes;
  if (const Yaml* node = group.find("axes")) {
    axes = read_axes(*node, primitive.axes, primitive.name);
  }
  if (const Yaml* node = group.find("shapes")) {
    Sweep::ZippedAxes joined_lists;
    for (const Yaml* item : one_or_more(*node, "shapes")) {
      Sweep::ZippedAxes list = shapes.find(*item, primitive);
      if (joined_lists.names.empty()) joined_lists.names = list.names;
      if (joined_lists.names != list.names) {
        item->fail(fmt::format(
            "shape list '{}' gives the axes {}, the one before gives {}; "
            "expected lists of the same axes; use two groups",
            item->text, fmt::join(list.names, ","), fmt::join(joined_lists.names, ",")));
      }
      std::move(list.rows.begin(), list.rows.end(), std::back_inserter(joined_lists.rows));
    }
    axes.push_back(std::move(joined_lists));
  }
  return axes;
}

// Every axis of the primitive must stand exactly once.
void expect_every_axis(const Yaml& group, const Primitive& primitive,
                       const std::vector<Sweep::ZippedAxes>& axes) {
  std::vector<std::string> given, missing;
  for (const Sweep::ZippedAxes& zipped : axes) {
    for (const std::string& name : zipped.names) {
      if (std::find(given.begin(), given.end(), name) != given.end()) {
        group.find("axes")->fail(
            fmt::format("axis {} stands here and in the shape list; expected "
                        "it once; remove it here",
                        name));
      }
      given.push_back(name);
    }
  }
  for (const std::string_view name : primitive.axes) {
    if (std::find(given.begin(), given.end(), name) == given.end()) missing.emplace_back(name);
  }
  if (missing.empty()) return;
  const Yaml* const at = group.find("axes") != nullptr ? group.find("axes") : &group;
  const std::vector<std::string> all(primitive.axes.begin(), primitive.axes.end());
  at->fail(fmt::format("{} has no values for {}; expected each of: {}; add '{}: [...]' to the axes",
                       primitive.name, joined(missing), joined(all), missing[0]));
}

// Reads each value of a list that may be left out.
template <typename Value, typename Read>
std::vector<Value> read_list(const Yaml& group, std::string_view key, Value otherwise, Read read) {
  const Yaml* const node = group.find(key);
  if (node == nullptr) return {otherwise};
  std::vector<Value> values;
  for (const Yaml* item : one_or_more(*node, key)) {
    const Value value = read(*item);
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  return values;
}

// The fields beside `kernels` and `dtypes`.
Sweep::Group read_fields(const Yaml& node, const Primitive& primitive, const GroupSite& site) {
  static const std::vector<std::string> kWeights{"plain", "packed"};
  Sweep::Group group;
  group.axes = read_group_axes(node, primitive, site.shapes);
  expect_every_axis(node, primitive, group.axes);
  if (const Yaml* options = node.find("options")) {
    group.options = read_options(*options, primitive);
  }
  group.threads = read_list(node, "threads", site.threads_all,
                            [&](const Yaml& item) { return read_threads(item, site.threads_all); });
  group.cold =
      read_list(node, "cold", false, [](const Yaml& item) { return read_flag(item, "cold"); });
  group.weights_packed = read_list(node, "weights", false, [](const Yaml& item) {
    return read_choice(item, "weights", kWeights) == "packed";
  });
  group.fills = read_list(node, "fill", Fill{}, read_fill);
  return group;
}

}  // namespace

std::vector<Sweep::Group> read_groups(const Yaml& node, const GroupSite& site) {
  static const std::vector<std::string> kKeys{"kernels", "axes", "shapes",  "options", "dtypes",
                                              "threads", "cold", "weights", "fill"};
  expect_map(node, "this group", kKeys);
  const Yaml* const kernels = node.find("kernels");
  if (kernels == nullptr) {
    node.fail(
        "this group has no 'kernels'; expected ids or globs, such as [gemm/avx512, gemm/one*]");
  }
  std::vector<Sweep::Group> groups;
  for (const Dtypes& dtypes : read_list(node, "dtypes", Dtypes{}, read_dtypes)) {
    const std::vector<const Kernel*> chosen = read_kernels(*kernels, dtypes);
    const auto alike = std::ranges::find(groups, chosen, &Sweep::Group::kernels);
    if (alike != groups.end()) {
      alike->dtypes.push_back(dtypes);
      continue;
    }
    groups.push_back(read_fields(node, *primitive::named(chosen[0]->primitive), site));
    groups.back().kernels = chosen;
    groups.back().dtypes = {dtypes};
  }
  return groups;
}

}  // namespace ergon
