#include "harness/meter/characterise.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/command.h"
#include "bench/sensor_text.h"
#include "harness/meter/characterisation_file.h"
#include "harness/meter/nvml.h"
#include "harness/meter/square_wave.h"
#include "harness/run/cpu_load.h"
#include "harness/run/gpu_load.h"
#include "harness/run/open_meters.h"
#include "harness/run/part_run.h"
#include "harness/simulate/characterise_virtually.h"
#include "kernels/cuda/cuda_device.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Options {
  std::string meter, output, simulated, root = "/";
  std::vector<std::string> channels;
  bool list = false, wave = false;
  std::uint64_t seed = 1;
};

// "12.3 ms +- 0.1".
std::string text(const Found& found, const char* unit) {
  if (!std::isfinite(found.value)) return "unknown";
  struct Scale {
    double factor;
    const char* prefix;
  };
  Scale scale{1, ""};
  const double size = std::max(std::abs(found.value), found.uncertainty);
  for (const Scale& smaller : {Scale{1e3, "m"}, Scale{1e6, "u"}, Scale{1e9, "n"}}) {
    if (size > 0 && size * scale.factor < 1) scale = smaller;
  }
  return fmt::format("{:.4g} {}{} +- {:.2g}", found.value * scale.factor, scale.prefix, unit,
                     found.uncertainty * scale.factor);
}

void print(const Characterisation& f) {
  const auto row = [](const char* name, const std::string& value) {
    fmt::print("  {:<16} {}\n", name, value);
  };
  const char* unit = f.measure == Measure::energy ? "J" : "W";
  const std::string bound = f.window_is_bound ? "at most " : "";
  fmt::print("{}: {}, {}\n", f.channel, measure_name(f.measure), source_name(f.source));
  row("update period", text(f.period, "s"));
  row("jitter", text(f.jitter, "s"));
  row("read latency", text(f.latency, "s") + "; 99 %: " + text(f.latency_p99, "s"));
  row("quantum", text(f.quantum, unit));
  row("window", bound + text(f.window, "s"));
  row("lag", text(f.lag, "s"));
  row("duty cycle",
      bound + (std::isfinite(f.duty_cycle.value)
                   ? fmt::format("{:.3f} +- {:.2g}", f.duty_cycle.value, f.duty_cycle.uncertainty)
                   : "unknown"));
  row("reads", fmt::format("{}, {} with nothing new, {} failed; {} updates, {} missed", f.reads,
                           f.stale_reads, f.errors, f.updates, f.updates_missed));
  if (f.responds()) row("left over", fmt::format("{:.2g} of the load's swing", f.residual));
  row("verdict", f.verdict);
  fmt::print("  found in {:.3g} s\n", f.elapsed.value);
}

void print_note() { fmt::print("+- is a standard uncertainty (k = 1)\n"); }

std::string now_utc() {
  return fmt::format(
      "{:%FT%TZ}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

std::filesystem::path file_of(const Options& options) {
  return options.output.empty() ? characterisations_path() : std::filesystem::path(options.output);
}

void keep(const std::vector<Characterisation>& found, const std::filesystem::path& file,
          const std::filesystem::path& root) {
  Characterisations all = read_characterisations(file);
  for (const Characterisation& one : found) {
    Channel channel;
    channel.name = one.channel;
    all[identify_channel(channel, root)] = {now_utc(), one};
  }
  write_characterisations(file, all);
  fmt::print("kept in {}\n", file.string());
}

void print_list(const std::filesystem::path& file) {
  const Characterisations all = read_characterisations(file);
  fmt::print("{}: {} channels\n", file.string(), all.size());
  for (const auto& [identity, kept] : all) {
    fmt::print("{}; {}; {}\n", kept.date, identity.device, identity.driver);
    print(kept.found);
  }
}

Characterisation characterise_simulated(const Options& options) {
  SimulatedSensor sensor =
      parse_sensor(options.simulated, typical_sensor(), "characterise: --simulated");
  sensor.model.seed = options.seed;
  const SensorModel& model = sensor.model;
  fmt::print(
      "simulated sensor, in virtual time: period {} s, window {} s, lag {} s, quantum {}, noise "
      "{}\n",
      model.period.value, model.window.value, model.lag.value, model.quantum, model.noise);
  return characterise_virtually(model, {.idle = sensor.idle}, sensor.load, options.seed + 1);
}

OpenMeters open_asked(const Options& options) {
  std::vector<MeterRequest> requests;
  if (!options.meter.empty()) {
    if (meter::named(options.meter) == nullptr) {
      std::string known;
      for (const MeterType* type : meter::all()) known += " " + std::string(type->name);
      throw Error("characterise: no meter '" + options.meter + "'; there are" + known);
    }
    requests.push_back({options.meter, {}});
  }
  OpenMeters open = open_meters(requests, options.root);
  if (open.meters.empty()) {
    std::string reasons;
    for (const std::string& reason : open.closed) reasons += "\n  " + reason;
    throw Error("characterise: no meter opens here:" + reasons +
                "\n--simulated shows it on a simulated sensor");
  }
  return open;
}

bool is_wanted(const Channel& channel, const Options& options) {
  const bool has_numbers = channel.measure == Measure::energy || channel.measure == Measure::power;
  return has_numbers &&
         (options.channels.empty() ||
          std::ranges::find(options.channels, channel.name) != options.channels.end());
}

// The GPU's own load for channels of that GPU, the CPUs' for all others.
class Loads {
 public:
  // `metered`: a GPU's channels are looked at.
  explicit Loads(bool metered) : threads_(std::max(1, cpu_->threads_max() - 1)) {
    std::string why_not;
    if (metered) gpu_ = open_device(DeviceKind::cuda, why_not);
    if (metered && gpu_ == nullptr) fmt::print(stderr, "GPUs are left idle: {}\n", why_not);
    if (gpu_ != nullptr) on_gpu_ = std::make_unique<GpuLoad>(*gpu_, gpu_load_point());
  }
  SwitchedLoad& of(std::span<const Channel> channels, const Channel& channel) {
    if (on_gpu_ != nullptr) {
      const int own = gpu_channel(channels, cuda_device(*gpu_).properties().uuid);
      const bool its =
          own >= 0 &&
          (channel.name + "/").starts_with(channels[static_cast<std::size_t>(own)].name + "/");
      if (its) {
        fmt::print(stderr, "{}: under a load of {}\n", channel.name, gpu_->name());
        return *on_gpu_;
      }
    }
    fmt::print(stderr, "{}: under a load of {} threads\n", channel.name, threads_);
    if (on_cpu_ == nullptr) on_cpu_ = std::make_unique<CpuLoad>(*cpu_, threads_);
    return *on_cpu_;
  }

 private:
  std::unique_ptr<Device> cpu_ = open_cpu(), gpu_ = {};
  int threads_;  // one CPU is left to the thread that reads, where there are two
  std::unique_ptr<GpuLoad> on_gpu_;
  std::unique_ptr<CpuLoad> on_cpu_;
};

void print(const Channel& channel, const SquareWave& wave) {
  fmt::print("{}: square wave\n", channel.name);
  for (std::size_t i = 0; i < wave.by_phase.size(); ++i) {
    fmt::print("  on at {:>5.1f} % of its period {:>9.2f} W\n",
               100.0 * static_cast<double>(i) / static_cast<double>(wave.by_phase.size()),
               wave.by_phase[i].value);
  }
  fmt::print("  verdict          {}\n", wave.verdict);
}

std::vector<Characterisation> characterise_machine(const Options& options) {
  const OpenMeters open = open_asked(options);
  const bool of_gpus = std::ranges::any_of(open.meters, [](const auto& meter) {
    return std::ranges::any_of(meter->channels(), [](const Channel& channel) {
      return channel.name.starts_with("nvml/");
    });
  });
  Loads loads(of_gpus);
  std::vector<Characterisation> all;
  for (const auto& meter : open.meters) {
    for (std::size_t i = 0; i < meter->channels().size(); ++i) {
      const Channel& channel = meter->channels()[i];
      if (!is_wanted(channel, options)) continue;
      SwitchedLoad& load = loads.of(meter->channels(), channel);
      if (options.wave) {
        print(channel, square_wave(steady_clock(), *meter, i, load));
        std::fflush(stdout);
        continue;
      }
      all.push_back(characterise(steady_clock(), *meter, i, load, options.seed));
      print(all.back());
      std::fflush(stdout);
    }
  }
  return all;
}

void execute(const Options& options) {
  if (options.list) {
    print_list(file_of(options));
  } else if (!options.simulated.empty()) {
    const Characterisation found = characterise_simulated(options);
    print(found);
    print_note();
    if (!options.output.empty()) keep({found}, options.output, options.root);
  } else {
    const auto found = characterise_machine(options);
    if (options.wave) return;
    print_note();
    keep(found, file_of(options), options.root);
  }
}

void add(CLI::App& app, int&) {
  const auto options = std::make_shared<Options>();
  app.add_option("meter", options->meter, "only this meter (default: all that measure)");
  app.add_option("--channel", options->channels, "only channels of these names");
  app.add_flag("--square-wave", options->wave,
               "instead: whether a channel looks part of the time, by a load that is on for a "
               "quarter of its period; some 20 s a channel, and nothing is kept");
  app.add_flag("--list", options->list, "print what was found before, and do nothing");
  app.add_option("-o,--output", options->output,
                 "file to keep it in (default: $ERGON_CHARACTERISATIONS, or "
                 "ergon/characterisations.json in $XDG_STATE_HOME or ~/.local/state); runs read "
                 "the default");
  app.add_option("--simulated", options->simulated,
                 fmt::format("a simulated sensor in virtual time instead: {}; kept only with -o",
                             kSensorNames));
  app.add_option("--root", options->root, "look for /sys and /proc of meters below this folder");
  app.add_option("--seed", options->seed, "of the order in which the load is switched");
  app.callback([options] { execute(*options); });
}

}  // namespace

namespace command {

extern const Command characterise{
    .name = "characterise",
    .description = "find update period, averaging window and lag of this machine's meters",
    .examples =
        "  ergon characterise\n"
        "  ergon characterise powercap\n"
        "  ergon characterise --simulated period_s=0.1,window_s=0.025,lag_s=0.05\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
