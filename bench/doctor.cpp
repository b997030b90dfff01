#include <cmath>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "bench/channel_tree.h"
#include "bench/command.h"
#include "harness/meter/edge_finder.h"
#include "harness/meter/meter.h"
#include "harness/run/open_meters.h"
#include "kernels/cpu/features.h"
#include "kernels/device.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

void print_devices() {
  for (const DeviceType* type : device::all()) {
    std::string why_not;
    const auto device = type->open(0, why_not);
    if (!device) {
      fmt::print("device {}: not here: {}\n", type->name, why_not);
      continue;
    }
    fmt::print("device {}: {}, {} threads\n", type->name, device->name(), device->threads_max());
    for (const CacheLevel& cache : device->caches()) {
      fmt::print("  {}: {} x {} KiB\n", cache.name, cache.instances, cache.bytes_each / 1024);
    }
  }
  fmt::print("  features: {}\n", cpu_feature_names(cpu_features()));
}

void print_kernels() {
  std::size_t able = 0;
  std::string unable;
  for (const Kernel* kernel : kernel::all()) {
    const std::string why_not = kernel_unavailable(*kernel);
    if (why_not.empty()) {
      ++able;
    } else {
      unable += fmt::format("  {}: {}\n", kernel_id(*kernel), why_not);
    }
  }
  fmt::print("kernels: {} of {} can run here\n{}", able, kernel::all().size(), unable);
}

std::string unit(const Channel& channel) {
  switch (channel.measure) {
    case Measure::energy:
      return "J";
    case Measure::power:
      return "W";
    case Measure::temperature:
      return "degrees Celsius";
    case Measure::frequency:
      return "Hz";
    case Measure::duration:
      return "s";
    case Measure::flags:
      return "bits";
  }
  return "";
}

void print_channel(const Channel& channel) {
  fmt::print("  {}: {} of {}, in {}", channel.name, measure_name(channel.measure), channel.domain,
             unit(channel));
  if (channel.update_period.value > 0) {
    fmt::print(", every {:.4g} ms", channel.update_period.value * 1e3);
  }
  if (channel.resolution > 0) fmt::print(", in steps of {:.3g}", channel.resolution);
  if (channel.wrap > 0) {
    fmt::print(", wraps at {:.6g}", static_cast<double>(channel.wrap) * channel.scale);
  }
  fmt::print("\n");
  if (!channel.within.empty()) fmt::print("    counted already in {}\n", channel.within);
  if (!channel.note.empty()) fmt::print("    {}\n", channel.note);
}

void print_meters(const std::string& root) {
  bool measured = false;
  for (const MeterType* type : meter::all()) {
    std::string why_not;
    const auto meter = open_meter(*type, {}, root, why_not);
    fmt::print("meter {}: {}\n", type->name, type->description);
    if (!meter) {
      fmt::print("  not here: {}\n", why_not);
      continue;
    }
    measured = measured || type->source == Source::measured;
    if (type->source != Source::measured) {
      fmt::print("  {}: used only where a sweep names it\n", source_name(type->source));
    }
    for (const Channel& channel : meter->channels()) print_channel(channel);
  }
  if (!measured) {
    fmt::print("no meter measures here: energy will be unmeasured, times are taken all the same\n");
  }
}

// What a sweep that names no meter would read here.
void print_channels(const std::string& root) {
  OpenMeters open = open_meters({}, root);
  if (open.meters.empty()) return;
  const EdgeFinder reader(std::move(open.meters), {.power = {1}});
  fmt::print("read by a sweep that names no meter, each within what counts it too:\n{}",
             channel_tree(reader.channels(), reader.primary()));
}

void add(CLI::App& app, int&) {
  const auto root = std::make_shared<std::string>("/");
  app.add_option("--root", *root, "look for /sys and /proc of meters below this folder");
  app.callback([root] {
    print_devices();
    print_kernels();
    print_meters(*root);
    print_channels(*root);
  });
}

}  // namespace

namespace command {

extern const Command doctor{
    .name = "doctor",
    .description = "what can run and be measured on this machine, and what mends the rest",
    .examples = "  ergon doctor\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
