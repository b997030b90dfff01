#include "bench/plan_forecast.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "bench/duration.h"
#include "bench/sensor_text.h"
#include "harness/meter/characterised_meter.h"
#include "harness/record/record.h"
#include "harness/run/open_meters.h"
#include "harness/simulate/forecast.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr Seconds kLaunches[] = {{10e-6}, {1e-3}, {0.1}, {1}};
// The medians of so many points are known to a tenth of their scatter; a point takes about 1 ms.
constexpr int kReplicates = 25;

struct NamedSensor {
  std::string name;
  SimulatedSensor sensor;
};

// The one characterisation of a channel of this name, on whatever device.
NamedSensor characterised_sensor(const std::string& name) {
  const auto file = characterisations_path();
  std::string known;
  for (const auto& [identity, kept] : read_characterisations(file)) {
    known += " " + identity.channel;
    if (identity.channel != name) continue;
    Channel channel;
    channel.name = name;
    channel.measure = kept.found.measure;
    channel.source = kept.found.source;
    if (!apply_characterisation(channel, kept)) continue;
    if (std::isfinite(kept.found.quantum.value)) channel.resolution = kept.found.quantum.value;
    return {fmt::format("{}, characterised {} on {}", name, kept.date, identity.device),
            sensor_of(channel)};
  }
  throw Error(
      fmt::format("plan: --meter-model: no channel '{}' in {}; expected one of:{}; or "
                  "period_s=...,window_s=...",
                  name, file.string(), known.empty() ? " (none)" : known));
}

// What an energy or power channel opens with, and characterised where it was; none: no meter.
std::optional<NamedSensor> sensor_here(const Sweep& sweep) {
  const OpenMeters open = open_meters(sweep.meters, "/");
  for (const auto& meter : open.meters) {
    for (const Channel& channel : meter->channels()) {
      if (channel.measure != Measure::energy && channel.measure != Measure::power) continue;
      return NamedSensor{channel.name, sensor_of(channel)};
    }
  }
  return std::nullopt;
}

std::optional<NamedSensor> find_sensor(const Sweep& sweep, const std::string& meter_model) {
  if (meter_model.empty()) return sensor_here(sweep);
  if (meter_model.find('=') == std::string::npos) return characterised_sensor(meter_model);
  return NamedSensor{"a stated sensor",
                     parse_sensor(meter_model, typical_sensor(), "plan: --meter-model")};
}

std::string launch_text(Seconds time) {
  return time < Seconds{1e-3} ? fmt::format("{:g} us", time.value * 1e6)
         : time < Seconds{1}  ? fmt::format("{:g} ms", time.value * 1e3)
                              : fmt::format("{:g} s", time.value);
}

std::string why_untold(const Forecast& forecast, const Protocol& protocol) {
  if ((forecast.faults & kPartTimeSensor) != 0) {
    return "no number: such launches keep step with a sensor that sees part of the time";
  }
  return fmt::format("no number: fewer than {} windows within {}", protocol.windows_min,
                     duration_text(protocol.point_max));
}

void print_row(Seconds launch, const Forecast& forecast, std::int64_t points,
               const Protocol& protocol) {
  const Seconds loaded = static_cast<double>(points) * forecast.time;
  const double blocks = std::ceil(loaded.value / protocol.block_max.value);
  const Seconds whole = loaded + (blocks + 1) / 2 * forecast.idle;
  fmt::print("  {:>8}  {:>12}  {:>7}  {:>12}  {:>12}{}\n", launch_text(launch),
             forecast.told ? fmt::format("+-{:.2f} %", 100 * forecast.half_width) : "-",
             forecast.told ? fmt::format("{:g}", forecast.windows) : "-",
             duration_text(forecast.time), duration_text(whole),
             forecast.told ? "" : "  " + why_untold(forecast, protocol));
}

}  // namespace

void print_forecast(const Sweep& sweep, std::int64_t points, const std::string& meter_model) {
  const std::optional<NamedSensor> found = find_sensor(sweep, meter_model);
  if (!found) {
    fmt::print(
        "no meter opens here to forecast intervals for; give one that is not here by "
        "--meter-model period_s=0.1,window_s=0.025,...\n");
    return;
  }
  const SimulatedSensor& sensor = found->sensor;
  const SensorModel& model = sensor.model;
  fmt::print(
      "forecast, simulated and not measured: {}\n"
      "  {} every {:g} s as the mean of {:g} s, {:g} s late, in steps of {:g} {}, noise {:g} %;\n"
      "  a load of {:g} W over {:g} W of idle power assumed\n",
      found->name, measure_name(model.measure), model.period.value, model.window.value,
      model.lag.value, model.quantum, model.measure == Measure::energy ? "J" : "W",
      100 * model.noise, sensor.load.value, sensor.idle.value);
  fmt::print("  {:>8}  {:>12}  {:>7}  {:>12}  {:>12}\n", "launch", "net, 95 %", "windows",
             "time a point", "all points");
  for (const Seconds launch : kLaunches) {
    Trial trial;
    trial.sensor = model;
    trial.machine.idle = sensor.idle;
    trial.load.power = sensor.load;
    trial.per_launch = launch;
    print_row(launch, forecast_point(trial, sweep.protocol, kReplicates, sweep.seed), points,
              sweep.protocol);
  }
}

}  // namespace ergon
