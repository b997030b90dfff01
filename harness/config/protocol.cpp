#include "harness/config/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <variant>

#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"
#include "harness/sha256.h"

namespace ergon {
namespace {

// A field of Protocol as the YAML and the key know it, and the values that make sense.
struct Field {
  std::string_view name;      // in YAML, with its unit
  std::string_view key_name;  // in the key, with the unit of its integer
  std::variant<Seconds Protocol::*, int Protocol::*, double Protocol::*> member;
  double min, max;
};

// Sorted by name, as the key is. A window shorter than 1 ms holds no update of any known meter.
constexpr Field kFields[] = {
    {"block_max_s", "block_max_us", &Protocol::block_max, 0.001, 86400},
    {"half_width_max", "half_width_max_ppm", &Protocol::half_width_max, 0.000001, 1},
    {"idle_s", "idle_us", &Protocol::idle, 0, 3600},
    {"point_max_s", "point_max_us", &Protocol::point_max, 0.001, 86400},
    {"replicates", "replicates", &Protocol::replicates, 1, 1000},
    {"sentinels", "sentinels", &Protocol::sentinels, 0, 100},
    {"settle_max_s", "settle_max_us", &Protocol::settle_max, 0, 3600},
    {"settle_min_s", "settle_min_us", &Protocol::settle_min, 0, 3600},
    {"time_max_s", "time_max_us", &Protocol::time_max, 0.001, 3600},
    {"time_samples_min", "time_samples_min", &Protocol::time_samples_min, 1, 1'000'000},
    {"window_lengths", "window_lengths", &Protocol::window_lengths, 1, 3},
    {"window_min_s", "window_min_us", &Protocol::window_min, 0.001, 3600},
    {"window_updates_min", "window_updates_min", &Protocol::window_updates_min, 1, 1'000'000},
    {"windows_max", "windows_max", &Protocol::windows_max, 2, 10'000},
    {"windows_min", "windows_min", &Protocol::windows_min, 2, 10'000},
};

// The windows, idle, settling and interval of fixed-power: reference "Measurement protocol", 3.0
// and 3a. A point's budget holds the settling, the time phase and all windows twice over, for
// meters whose updates make a window longer than a second.
Protocol fixed_power() {
  return {.preset = "fixed-power",
          .window_min = {1},
          .window_updates_min = 20,
          .windows_min = 5,
          .windows_max = 20,
          .half_width_max = 0.01,
          .settle_max = {30},
          .idle = {10},
          .block_max = {300},
          .time_samples_min = 30,
          .time_max = {5},
          .point_max = {75},
          .settle_min = {3},
          .window_lengths = 3,
          .replicates = 1,
          .sentinels = 2};
}

Protocol fixed_frequency() {
  Protocol protocol = fixed_power();
  protocol.preset = "fixed-frequency";
  return protocol;
}

Protocol quick() {
  return {.preset = "quick",
          .window_min = {0.1},
          .window_updates_min = 10,
          .windows_min = 3,
          .windows_max = 6,
          .half_width_max = 0.03,
          .settle_max = {0.5},
          .idle = {0.5},
          .block_max = {20},
          .time_samples_min = 10,
          .time_max = {0.15},
          .point_max = {2},
          .settle_min = {0.15},
          .window_lengths = 1,
          .replicates = 1,
          .sentinels = 2};
}

// The integer that stands for a field in the key.
std::int64_t key_value(const Protocol& protocol, const Field& field) {
  struct Visitor {
    const Protocol& protocol;
    std::int64_t operator()(Seconds Protocol::*seconds) const {
      return std::llround((protocol.*seconds).value * 1e6);
    }
    std::int64_t operator()(int Protocol::*count) const { return protocol.*count; }
    std::int64_t operator()(double Protocol::*ratio) const {
      return std::llround(protocol.*ratio * 1e6);
    }
  };
  return std::visit(Visitor{protocol}, field.member);
}

// Sets a field from YAML, rounded to what the key can tell apart.
void read_field(const Yaml& node, const Field& field, Protocol& protocol) {
  const std::string what = "protocol " + std::string(field.name);
  if (const auto* count = std::get_if<int Protocol::*>(&field.member)) {
    protocol.*(*count) = static_cast<int>(
        read_integer(node, what, {std::llround(field.min), std::llround(field.max)}));
    return;
  }
  const double value = std::round(read_number(node, what, {field.min, field.max}) * 1e6) / 1e6;
  if (const auto* seconds = std::get_if<Seconds Protocol::*>(&field.member)) {
    protocol.*(*seconds) = {value};
  } else {
    protocol.*std::get<double Protocol::*>(field.member) = value;
  }
}

void expect_consistent(const Yaml& node, const Protocol& protocol) {
  if (protocol.windows_min > protocol.windows_max) {
    node.fail(
        fmt::format("protocol asks for at least {} windows and at most {}; expected "
                    "windows_min <= windows_max; set both",
                    protocol.windows_min, protocol.windows_max));
  }
  if (protocol.window_lengths == 2) {
    node.fail(
        "protocol asks for windows of 2 lengths; expected 1, or 3, which show an intercept "
        "beside the slope; set window_lengths");
  }
  const Seconds windows = protocol.windows_min * protocol.window_min;
  if (protocol.point_max < windows) {
    node.fail(
        fmt::format("protocol gives a point {} s, its {} windows take {:.6g} s; expected "
                    "point_max_s >= windows_min x window_min_s; raise point_max_s",
                    protocol.point_max.value, protocol.windows_min, windows.value));
  }
}

}  // namespace

std::span<const Protocol> protocol_presets() {
  static const std::array kPresets{fixed_power(), fixed_frequency(), quick()};
  return kPresets;
}

std::optional<Protocol> protocol_preset(std::string_view name) {
  for (const Protocol& preset : protocol_presets()) {
    if (preset.preset == name) return preset;
  }
  return std::nullopt;
}

std::string protocol_key(const Protocol& protocol) {
  std::string key = "p1:";
  bool preset_written = false;
  for (const Field& field : kFields) {
    if (!preset_written && field.key_name > "preset") {
      key += fmt::format("preset={},", protocol.preset);
      preset_written = true;
    }
    key += fmt::format("{}={},", field.key_name, key_value(protocol, field));
  }
  key.pop_back();
  return key;
}

std::string protocol_hash(const Protocol& protocol) { return sha256(protocol_key(protocol)); }

double half_width_of_key(std::string_view protocol_key) {
  constexpr std::string_view kName = "half_width_max_ppm=";
  const std::size_t at = protocol_key.find(kName);
  double ppm = protocol_presets()[0].half_width_max * 1e6;
  if (at != std::string_view::npos) {
    const std::string_view digits = protocol_key.substr(at + kName.size());
    std::int64_t found = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), found).ec == std::errc()) {
      ppm = static_cast<double>(found);
    }
  }
  return ppm * 1e-6;
}

Protocol with_time_for(Protocol protocol, Seconds update_period) {
  const Seconds updates = protocol.window_updates_min * update_period;
  const Seconds window = std::max(protocol.window_min, updates);
  const Seconds needed =
      protocol.time_max + protocol.settle_max + 2 * protocol.windows_min * window;
  // A sweep may set a budget that ends points early: only a meter's own slowness lengthens it.
  if (updates > protocol.window_min) protocol.point_max = std::max(protocol.point_max, needed);
  return protocol;
}

std::span<const ProtocolOption> meter_options(const Protocol& protocol) {
  static constexpr ProtocolOption kFixedFrequency[] = {{"nvml", "reasons_allowed_mask", 275}};
  if (protocol.preset == "fixed-frequency") return kFixedFrequency;
  return {};
}

Protocol read_protocol(const Yaml& node) {
  std::vector<std::string> presets;
  for (const Protocol& preset : protocol_presets()) presets.push_back(preset.preset);
  if (node.kind != Yaml::Kind::map) {
    return *protocol_preset(read_choice(node, "protocol", presets));
  }
  std::vector<std::string> known{"preset"};
  for (const Field& field : kFields) known.emplace_back(field.name);
  expect_map(node, "protocol", known);
  const Yaml* const preset = node.find("preset");
  Protocol protocol = preset == nullptr
                          ? protocol_presets()[0]
                          : *protocol_preset(read_choice(*preset, "protocol preset", presets));
  for (const Field& field : kFields) {
    if (const Yaml* value = node.find(field.name)) read_field(*value, field, protocol);
  }
  expect_consistent(node, protocol);
  return protocol;
}

}  // namespace ergon
