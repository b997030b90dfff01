#include "harness/meter/calibration.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "harness/meter/characterisation_file.h"
#include "harness/meter/described_meter.h"
#include "harness/meter/package_sum.h"

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::string_view kSchema = "ergon-calibrations-1";
constexpr std::size_t kWindowsMin = 5;
constexpr double kPowerSpreadMin = 0.1;

// Sums of products of x (channel J), t (s) and y (external J).
struct Moments {
  double xx = 0, xt = 0, tt = 0, xy = 0, ty = 0;
};

Moments moments(std::span<const CalibrationWindow> windows) {
  Moments m;
  for (const CalibrationWindow& w : windows) {
    const double x = w.channel.value, t = w.time.value, y = w.external.value;
    m.xx += x * x;
    m.xt += x * t;
    m.tt += t * t;
    m.xy += x * y;
    m.ty += t * y;
  }
  return m;
}

void check_windows(std::span<const CalibrationWindow> windows) {
  if (windows.size() < kWindowsMin) {
    throw Error(fmt::format("calibrate: {} windows; {} are needed", windows.size(), kWindowsMin));
  }
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const CalibrationWindow& w = windows[i];
    const bool whole = std::isfinite(w.external.value) && std::isfinite(w.channel.value) &&
                       w.channel.value > 0 && w.time.value > 0;
    if (!whole) {
      throw Error(
          fmt::format("calibrate: window {} has {} J external and {} J of the channel over "
                      "{} s; does the trace cover the whole load?",
                      i, w.external.value, w.channel.value, w.time.value));
    }
  }
}

// Largest over smallest power, less 1.
double power_spread(std::span<const CalibrationWindow> windows) {
  const auto power = [](const CalibrationWindow& w) { return w.channel / w.time; };
  const auto [low, high] = std::ranges::minmax(windows, {}, power);
  return power(high).value / power(low).value - 1;
}

nlohmann::json to_json(const Gain& gain) {
  return {{"gain", gain.gain},
          {"u_statistical", gain.u_statistical},
          {"u_external", gain.u_external},
          {"rest_watts", gain.rest.value},
          {"windows", gain.windows},
          {"date", gain.date},
          {"source", gain.source}};
}

Gain from_json(const nlohmann::json& json) {
  Gain gain{.gain = json.at("gain").get<double>(),
            .u_statistical = json.at("u_statistical").get<double>(),
            .u_external = json.at("u_external").get<double>(),
            .rest = Watts{json.at("rest_watts").get<double>()},
            .windows = json.at("windows").get<int>(),
            .date = json.at("date").get<std::string>(),
            .source = json.at("source").get<std::string>()};
  if (!(gain.gain > 0)) throw Error(fmt::format("a gain of {}", gain.gain));
  return gain;
}

}  // namespace

double Gain::u_gain() const { return std::hypot(u_statistical, gain * u_external); }

Gain fit_gain(std::span<const CalibrationWindow> windows, Boundary boundary) {
  check_windows(windows);
  const bool wider = boundary == Boundary::wider;
  if (wider && power_spread(windows) < kPowerSpreadMin) {
    throw Error(
        fmt::format("calibrate: all windows have the same power within {:.0f} %, so gain "
                    "and the rest of the node cannot be told apart; load it at several "
                    "powers",
                    100 * kPowerSpreadMin));
  }
  const Moments m = moments(windows);
  const double determinant = wider ? m.xx * m.tt - m.xt * m.xt : m.xx;
  Gain gain;
  gain.gain = wider ? (m.xy * m.tt - m.ty * m.xt) / determinant : m.xy / m.xx;
  gain.rest = Watts{wider ? (m.ty * m.xx - m.xy * m.xt) / determinant : 0};
  gain.windows = static_cast<int>(windows.size());
  double residual = 0;
  for (const CalibrationWindow& w : windows) {
    const Joules left = w.external - gain.gain * w.channel - gain.rest * w.time;
    residual += left.value * left.value;
  }
  const double freedom = gain.windows - (wider ? 2 : 1);
  gain.u_statistical = std::sqrt(residual / freedom * (wider ? m.tt : 1) / determinant);
  if (!(gain.gain > 0)) {
    throw Error(
        fmt::format("calibrate: the gain comes out as {:.3g}: the external meter falls "
                    "where the channel rises; is the trace of this load?",
                    gain.gain));
  }
  return gain;
}

std::filesystem::path calibrations_path() {
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const auto path = variable("ERGON_CALIBRATIONS"); !path.empty()) return path;
  const auto data = variable("XDG_DATA_HOME");
  const auto home = data.empty() ? variable("HOME") / ".local/share" : data;
  return home / "ergon" / "calibrations.json";
}

Calibrations read_calibrations(const std::filesystem::path& json) {
  std::ifstream stream(json);
  if (!stream) {
    if (!std::filesystem::exists(json)) return {};
    throw Error(fmt::format("{}: cannot be read", json.string()));
  }
  try {
    const auto text = nlohmann::json::parse(stream);
    if (text.at("schema") != kSchema) {
      throw Error(fmt::format("schema {}, not \"{}\"", text.at("schema").dump(), kSchema));
    }
    Calibrations calibrations;
    for (const auto& [device, gain] : text.at("gains").items()) {
      calibrations[device] = from_json(gain);
    }
    return calibrations;
  } catch (const std::exception& error) {
    throw Error(fmt::format("{}: not a file of calibrations: {}; move it away and calibrate again",
                            json.string(), error.what()));
  }
}

void write_calibrations(const std::filesystem::path& json, const Calibrations& calibrations) {
  nlohmann::json text{{"schema", kSchema}, {"gains", nlohmann::json::object()}};
  for (const auto& [device, gain] : calibrations) text["gains"][device] = to_json(gain);
  std::error_code failed;
  if (json.has_parent_path()) std::filesystem::create_directories(json.parent_path(), failed);
  const std::filesystem::path part = json.string() + fmt::format(".{}", ::getpid());
  std::ofstream stream(part);
  stream << text.dump(2) << '\n';
  stream.close();
  if (stream) std::filesystem::rename(part, json, failed);
  if (!stream || failed) {
    std::filesystem::remove(part, failed);
    throw Error(fmt::format("{}: cannot be written; give a folder that can, in ERGON_CALIBRATIONS",
                            json.string()));
  }
}

void keep_gain(Calibrations& calibrations, const Channel& channel, Gain gain) {
  gain.gain *= channel.gain;
  gain.u_statistical *= channel.gain;
  std::string_view groups = channel.gain_group;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = groups.find(kGainGroupsJoin);
    calibrations[std::string(groups.substr(0, end))] = gain;
    if (end != std::string_view::npos) groups.remove_prefix(end + kGainGroupsJoin.size());
  }
}

bool apply_gain(Channel& channel, const Calibrations& calibrations) {
  const auto found = calibrations.find(channel.gain_group);
  if (found == calibrations.end() || channel.gain_group.empty()) return false;
  const Gain& gain = found->second;
  channel.scale *= gain.gain;
  channel.gain *= gain.gain;
  channel.resolution *= gain.gain;
  channel.gain_relative = gain.u_gain() / gain.gain;
  channel.note += fmt::format("{}calibrated {}: gain {:.4f} +- {:.4f} (k = 1), {}",
                              channel.note.empty() ? "" : "; ", gain.date, gain.gain, gain.u_gain(),
                              gain.source);
  return true;
}

std::unique_ptr<Meter> calibrated(std::unique_ptr<Meter> meter, const Calibrations& calibrations,
                                  const std::filesystem::path& root) {
  std::vector<Channel> channels(meter->channels().begin(), meter->channels().end());
  for (Channel& channel : channels) {
    if (channel.source != Source::measured || channel.gain_group.empty()) continue;
    const std::string device = identify_channel(channel, root).device;
    if (!device.empty() && channel.gain_group.find(device) == std::string::npos) {
      channel.gain_group = device + ": " + channel.gain_group;
    }
    apply_gain(channel, calibrations);
  }
  return described(std::move(meter), std::move(channels));
}

}  // namespace ergon
