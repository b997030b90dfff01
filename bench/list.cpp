#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/command.h"
#include "harness/meter/meter.h"
#include "kernels/cpu/features.h"
#include "kernels/device.h"
#include "kernels/kernel.h"
#include "kernels/primitive.h"

namespace ergon {
namespace {

void list_primitives() {
  for (const Primitive* primitive : primitive::all()) {
    fmt::print("{}{}\n  {}\n  axes: {}\n", primitive->name, primitive->probe ? " (probe)" : "",
               primitive->description,
               fmt::join(primitive->axes.begin(), primitive->axes.end(), ", "));
    for (const Option& option : primitive->options) {
      fmt::print("  option {}: {} (default {})\n", option.name,
                 fmt::join(option.values.begin(), option.values.end(), ", "), option.values[0]);
    }
  }
}

std::string needs(const Requirement& requirement) {
  if (requirement.sm_min > 0) {
    return fmt::format("sm_{}{}", requirement.sm_min, requirement.sm_exact ? " exactly" : "");
  }
  return requirement.cpu_features == 0 ? "any CPU" : cpu_feature_names(requirement.cpu_features);
}

void list_kernels() {
  std::size_t width = 0, needs_width = 0;
  for (const Kernel* kernel : kernel::all()) {
    width = std::max(width, kernel_id(*kernel).size());
    needs_width = std::max(needs_width, needs(kernel->requirement).size());
  }
  for (const Kernel* kernel : kernel::all()) {
    const std::string why_not = kernel_unavailable(*kernel);
    fmt::print("{:{}}  needs {:{}}  {}; {}\n", kernel_id(*kernel), width,
               needs(kernel->requirement), needs_width,
               why_not.empty() ? "runs here" : "not here: " + why_not, kernel->source);
  }
}

void list_devices() {
  for (const DeviceType* type : device::all()) {
    std::string why_not;
    const auto device = type->open(0, why_not);
    if (device == nullptr) {
      fmt::print("{}  not here: {}\n", type->name, why_not);
      continue;
    }
    fmt::print("{}  {}, {} threads\n", type->name, device->name(), device->threads_max());
  }
}

// Opens each meter for a moment with its default options.
void list_meters() {
  std::size_t width = 0;
  for (const MeterType* type : meter::all()) width = std::max(width, type->name.size());
  for (const MeterType* type : meter::all()) {
    std::string why_not;
    const auto meter = open_meter(*type, {}, "/", why_not);
    fmt::print("{:{}}  {}: {}\n{:{}}  {}\n", type->name, width, source_name(type->source),
               type->description, "", width,
               meter == nullptr ? "not here: " + why_not
                                : fmt::format("{} channels here", meter->channels().size()));
    for (const MeterOption& option : type->options) {
      fmt::print("{:{}}  option {} (default {:g}): {}\n", "", width, option.name, option.fallback,
                 option.description);
    }
  }
}

struct Subject {
  const char* name;
  void (*list)();
};
constexpr Subject kSubjects[] = {{"primitives", list_primitives},
                                 {"kernels", list_kernels},
                                 {"devices", list_devices},
                                 {"meters", list_meters}};

void execute(const std::string& wanted) {
  for (const Subject& subject : kSubjects) {
    if (!wanted.empty() && wanted != subject.name) continue;
    if (wanted.empty())
      fmt::print("{}{}\n", subject.list == list_primitives ? "" : "\n", subject.name);
    subject.list();
  }
}

void add(CLI::App& app, int&) {
  const auto wanted = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const Subject& subject : kSubjects) names.emplace_back(subject.name);
  app.add_option("what", *wanted, "primitives, kernels, devices or meters; all where left out")
      ->check(CLI::IsMember(names));
  app.callback([wanted] { execute(*wanted); });
}

}  // namespace

namespace command {

extern const Command list{
    .name = "list",
    .description = "what this build has, what each part needs, and whether it runs here",
    .examples =
        "  ergon list kernels\n"
        "  ergon list meters\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
