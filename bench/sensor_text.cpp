#include "bench/sensor_text.h"

#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <string>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {
namespace {

double number(std::string_view text, std::string_view what) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !std::isfinite(value) || value < 0) {
    throw Error(fmt::format("{}: '{}' is no number of 0 or more", what, text));
  }
  return value;
}

// Where the value of each name goes.
std::map<std::string_view, std::function<void(double)>> setters(SimulatedSensor& sensor) {
  SensorModel& model = sensor.model;
  return {
      {"idle_watts", [&](double value) { sensor.idle = Watts{value}; }},
      {"jitter", [&](double value) { model.jitter = value; }},
      {"lag_s", [&](double value) { model.lag = Seconds{value}; }},
      {"load_watts", [&](double value) { sensor.load = Watts{value}; }},
      {"noise", [&](double value) { model.noise = value; }},
      {"period_s", [&](double value) { model.period = Seconds{value}; }},
      {"power",
       [&](double value) { model.measure = value != 0 ? Measure::power : Measure::energy; }},
      {"quantum", [&](double value) { model.quantum = value; }},
      {"window_s", [&](double value) { model.window = Seconds{value}; }},
  };
}

void expect_sensible(const SensorModel& model, std::string_view what) {
  if (!(model.period.value > 0 && model.window.value > 0 && model.quantum > 0)) {
    throw Error(fmt::format("{}: period_s, window_s and quantum must be above 0", what));
  }
  // Updates further off their places could change their order.
  if (model.jitter > 0.1) throw Error(fmt::format("{}: jitter is at most 0.1 periods", what));
}

}  // namespace

SimulatedSensor parse_sensor(std::string_view text, const SimulatedSensor& fallback,
                             std::string_view what) {
  SimulatedSensor sensor = fallback;
  const auto known = setters(sensor);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view one = text.substr(begin, end - begin);
    const std::size_t equals = std::min(one.find('='), one.size());
    const auto found = known.find(one.substr(0, equals));
    if (found == known.end()) {
      std::string names;
      for (const auto& [name, set] : known) names += fmt::format(" {}", name);
      throw Error(fmt::format("{}: no '{}'; there are{}", what, one.substr(0, equals), names));
    }
    found->second(number(one.substr(std::min(equals + 1, one.size())), what));
    begin = end + 1;
  }
  expect_sensible(sensor.model, what);
  return sensor;
}

SimulatedSensor typical_sensor() {
  SimulatedSensor sensor;
  sensor.model.period = sensor.model.window = Seconds{0.1};
  sensor.model.noise = 0.01;
  sensor.model.jitter = 0.02;
  return sensor;
}

SimulatedSensor sensor_of(const Channel& channel) {
  SimulatedSensor sensor = typical_sensor();
  SensorModel& model = sensor.model;
  model.measure = channel.measure;
  // A channel without a period of its own has a new number at each read: at each look, then.
  model.period = channel.update_period > Seconds{0} ? channel.update_period : Seconds{1e-3};
  model.window = channel.averaging_window > Seconds{0} ? channel.averaging_window : model.period;
  model.lag = channel.lag;
  if (channel.resolution > 0) model.quantum = channel.resolution;
  return sensor;
}

}  // namespace ergon
