#include "tests/harness/record/random_results.h"

#include <fmt/format.h>

#include <limits>
#include <random>

#include "harness/record/columns.h"

namespace ergon {
namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::int64_t integer(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool flag() { return integer(0, 1) == 1; }
  std::uint64_t count() {
    const std::uint64_t counts[] = {0, 1, engine_(), std::numeric_limits<std::uint64_t>::max()};
    return counts[integer(0, 3)];
  }
  double number() {
    const double numbers[] = {0.0,
                              -0.0,
                              1.0 / 3.0,
                              std::ldexp(static_cast<double>(engine_()), -40),
                              std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::denorm_min()};
    return numbers[integer(0, 6)];
  }
  std::string text() {
    static const char* const kTexts[] = {"",
                                         "package-0",
                                         "two\nlines\r\n",
                                         "a \"quoted\", text; 'and more'",
                                         "µJ, 电子 and 🔋",
                                         " leading and trailing "};
    return kTexts[integer(0, 5)];
  }
  template <class List>
  auto pick(const List& list) {
    return list[static_cast<std::size_t>(integer(0, std::ssize(list) - 1))];
  }

 private:
  std::mt19937_64 engine_;
};

template <class Enum>
Enum any(Random& random) {
  return static_cast<Enum>(random.integer(0, static_cast<int>(hdf5::last_of(Enum{}))));
}

Channel random_channel(Random& random, int index) {
  return {.name = fmt::format("meter/channel-{}", index),
          .domain = random.text(),
          .within = random.text(),
          .measure = any<Measure>(random),
          .source = any<Source>(random),
          .scale = random.number(),
          .update_period = {random.number()},
          .averaging_window = {random.number()},
          .lag = {random.number()},
          .wrap = random.count(),
          .resolution = random.number(),
          .gain_relative = random.number(),
          .gain_group = random.text(),
          .note = random.text()};
}

RunInfo random_run(Random& random, std::uint64_t seed, int index) {
  RunInfo run{.id = fmt::format("run-{}-{}", seed, index),
              .sweep_name = random.text(),
              .sweep_text = random.text(),
              .seed = random.count(),
              .protocol = random.text(),
              .build_hash = random.text(),
              .kernels_hash = random.text(),
              .device = random.text(),
              .started_utc = "2024-01-31T23:59:60Z",
              .anchor_utc_ns = std::numeric_limits<std::int64_t>::max(),
              .anchor_steady_ns = std::numeric_limits<std::int64_t>::min(),
              .unmeasured_reason = random.text(),
              .channels = {},
              .provenance = random.text(),
              .beside = {.counters_reason = random.text(),
                         .frequency_source = random.text(),
                         .frequency_reason = random.text(),
                         .scheduling_reason = random.text()},
              .sampling = {.cpu = {random.number()}, .elapsed = {random.number()}},
              .slurm_energy = {random.number()}};
  const std::int64_t channels = random.integer(0, 3);
  for (int i = 0; i < channels; ++i) run.channels.push_back(random_channel(random, i));
  for (int i = 0; i < channels; ++i) {
    run.sampling.channels.push_back({.reads = random.integer(0, std::int64_t{1} << 40),
                                     .time = {random.number()},
                                     .energy = {random.number()},
                                     .span = {random.number()}});
  }
  run.primary_channel = static_cast<int>(random.integer(-1, channels - 1));
  return run;
}

std::vector<ChannelEnergy> random_energies(Random& random, const RunInfo& run) {
  std::vector<ChannelEnergy> energies;
  for (int i = 0; i < std::ssize(run.channels); ++i) {
    if (random.integer(0, 4) == 0) continue;
    energies.push_back({.channel = i,
                        .raw_begin = random.count(),
                        .raw_end = random.count(),
                        .gross = {random.number()},
                        .u_edge = {random.number()},
                        .peak = {random.number()},
                        .peak_bandwidth = {random.number()}});
  }
  return energies;
}

std::vector<ChannelState> random_states(Random& random, const RunInfo& run) {
  std::vector<ChannelState> states;
  for (int i = 0; i < std::ssize(run.channels); ++i) {
    if (random.flag()) continue;
    states.push_back({.channel = i,
                      .begin = random.number(),
                      .end = random.number(),
                      .min = random.number(),
                      .max = random.number(),
                      .mean = random.number(),
                      .flags = random.count()});
  }
  return states;
}

std::vector<CrossCheck> random_checks(Random& random, const RunInfo& run) {
  std::vector<CrossCheck> checks;
  for (int i = 0; i < std::ssize(run.channels); ++i) {
    checks.push_back({.channel = i,
                      .other = static_cast<int>(random.integer(-1, std::ssize(run.channels) - 1)),
                      .ratio = random.number(),
                      .disagrees = random.flag()});
  }
  return checks;
}

std::vector<NodeWindow> random_nodes(Random& random, const RunInfo& run) {
  std::vector<NodeWindow> nodes;
  for (std::int64_t i = random.integer(0, 2); i > 0; --i) {
    nodes.push_back({.channel = static_cast<int>(random.integer(-1, std::ssize(run.channels) - 1)),
                     .node = static_cast<int>(random.integer(0, 9)),
                     .host = random.text(),
                     .ranks = static_cast<int>(random.integer(1, 99)),
                     .begin_ns = random.integer(-5, 1'000'000'000'000),
                     .end_ns = random.integer(-5, 1'000'000'000'000),
                     .gross = {random.number()},
                     .cut = {random.number()},
                     .launches = random.number(),
                     .clock_offset_ns = random.integer(-1'000'000'000, 1'000'000'000),
                     .clock_bound_ns = random.integer(0, 1'000'000),
                     .barrier_wait = {random.number()}});
  }
  return nodes;
}

Activity random_activity(Random& random) {
  return {.elapsed = {random.number()},
          .cycles = random.number(),
          .instructions = random.number(),
          .cache_misses = random.number(),
          .counted_share = random.number(),
          .frequency = {random.number()},
          .steal_share = random.number(),
          .preemptions = random.number(),
          .migrations = random.number()};
}

Point random_point(Random& random) {
  Point point;
  point.kernel = random.pick(kernel::all());
  Problem& problem = point.problem;
  problem.primitive = primitive::named(point.kernel->primitive);
  problem.dtypes = {random.pick(kDtypes), random.pick(kDtypes), random.pick(kDtypes),
                    random.pick(kDtypes)};
  for (std::size_t i = 0; i < problem.primitive->axes.size(); ++i) {
    problem.extents.push_back(random.integer(1, 5000));
  }
  for (const Option& option : problem.primitive->options) {
    problem.choices.push_back(
        static_cast<std::uint8_t>(random.integer(0, std::ssize(option.values) - 1)));
  }
  point.threads = static_cast<int>(random.integer(0, 256));
  point.fill.kind = any<Fill::Kind>(random);
  if (point.fill.kind == Fill::Kind::sparse) {
    point.fill.zero_permille = static_cast<int>(random.integer(1, 999));
  }
  point.fill.seed = random.count();
  point.cold = random.flag();
  point.weights_packed = random.flag();
  return point;
}

Window random_window(Random& random, const RunInfo& run) {
  return {.launches = random.number(),
          .begin_ns = random.integer(-5, 1'000'000'000'000),
          .end_ns = random.integer(-5, 1'000'000'000'000),
          .invalid = static_cast<std::uint32_t>(random.integer(0, 2047)),
          .energy = random_energies(random, run),
          .activity = random_activity(random),
          .states = random_states(random, run),
          .checks = random_checks(random, run),
          .nodes = random_nodes(random, run)};
}

Record random_record(Random& random, const std::vector<RunInfo>& runs, const ResultsShape& shape) {
  Record record;
  record.point = random_point(random);
  record.run = static_cast<int>(random.integer(0, std::ssize(runs) - 1));
  record.order = random.integer(0, 1'000'000);
  record.replicate = static_cast<int>(random.integer(0, 3));
  record.repetition = static_cast<int>(random.integer(0, 9));
  record.sentinel = random.flag();
  record.run_status = any<RunStatus>(random);
  record.check_status = any<CheckStatus>(random);
  record.energy_status = any<EnergyStatus>(random);
  record.reason = random.text();
  record.error_max = random.number();
  record.tolerance = random.number();
  record.checked = random.integer(0, std::int64_t{1} << 40);
  record.zero_fraction = random.number();
  record.operand_sets = static_cast<int>(random.integer(1, 99));
  record.time_batch = static_cast<int>(random.integer(1, 99));
  record.ranks = static_cast<int>(random.integer(1, 99));
  record.nodes = static_cast<int>(random.integer(1, 9));
  record.time_of_ranks = {random.number()};
  record.settling = {{random.number()}, random.text(), random.text()};
  record.stop = any<Stop>(random);
  for (std::int64_t i = random.integer(0, shape.times_max); i > 0; --i) {
    record.times.push_back({random.number()});
  }
  for (std::int64_t i = random.integer(0, shape.windows_max); i > 0; --i) {
    record.windows.push_back(random_window(random, runs[record.run]));
  }
  return record;
}

class Lines {
 public:
  void operator()(const std::string& path, double value) {
    lines.push_back(fmt::format("{} = {:a}", path, value));
  }
  void operator()(const std::string& path, std::string_view value) {
    lines.push_back(fmt::format("{} = '{}'", path, value));
  }
  template <class Integer>
  requires std::is_integral_v<Integer>
  void operator()(const std::string& path, Integer value) {
    lines.push_back(fmt::format("{} = {}", path, value));
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(const std::string& path, Enum value) {
    lines.push_back(fmt::format("{} = {}", path, static_cast<int>(value)));
  }
  void operator()(const std::string& path, const std::vector<ChannelEnergy>& energies);

  std::vector<std::string> lines;
};

void Lines::operator()(const std::string& path, const std::vector<ChannelEnergy>& energies) {
  for (std::size_t i = 0; i < energies.size(); ++i) {
    const std::string of = fmt::format("{}.energy[{}]", path, i);
    (*this)(of + ".channel", energies[i].channel);
    (*this)(of + ".raw_begin", energies[i].raw_begin);
    (*this)(of + ".raw_end", energies[i].raw_end);
    (*this)(of + ".gross", energies[i].gross.value);
    (*this)(of + ".u_edge", energies[i].u_edge.value);
    (*this)(of + ".peak", energies[i].peak.value);
    (*this)(of + ".peak_bandwidth", energies[i].peak_bandwidth.value);
  }
}

void activity_lines(Lines& lines, const std::string& of, const Activity& activity) {
  lines(of + ".elapsed", activity.elapsed.value);
  lines(of + ".cycles", activity.cycles);
  lines(of + ".instructions", activity.instructions);
  lines(of + ".cache_misses", activity.cache_misses);
  lines(of + ".counted_share", activity.counted_share);
  lines(of + ".frequency", activity.frequency.value);
  lines(of + ".steal_share", activity.steal_share);
  lines(of + ".preemptions", activity.preemptions);
  lines(of + ".migrations", activity.migrations);
}

void beside_lines(Lines& lines, const std::string& of, const Window& window) {
  activity_lines(lines, of + ".activity", window.activity);
  for (std::size_t i = 0; i < window.states.size(); ++i) {
    const std::string within = fmt::format("{}.states[{}]", of, i);
    lines(within + ".channel", window.states[i].channel);
    lines(within + ".begin", window.states[i].begin);
    lines(within + ".end", window.states[i].end);
    lines(within + ".min", window.states[i].min);
    lines(within + ".max", window.states[i].max);
    lines(within + ".mean", window.states[i].mean);
    lines(within + ".flags", window.states[i].flags);
  }
  for (std::size_t i = 0; i < window.checks.size(); ++i) {
    const std::string within = fmt::format("{}.checks[{}]", of, i);
    lines(within + ".channel", window.checks[i].channel);
    lines(within + ".other", window.checks[i].other);
    lines(within + ".ratio", window.checks[i].ratio);
    lines(within + ".disagrees", window.checks[i].disagrees);
  }
}

void node_lines(Lines& lines, const std::string& of, const NodeWindow& node) {
  lines(of + ".channel", node.channel);
  lines(of + ".node", node.node);
  lines(of + ".host", node.host);
  lines(of + ".ranks", node.ranks);
  lines(of + ".begin_ns", node.begin_ns);
  lines(of + ".end_ns", node.end_ns);
  lines(of + ".gross", node.gross.value);
  lines(of + ".cut", node.cut.value);
  lines(of + ".launches", node.launches);
  lines(of + ".clock_offset_ns", node.clock_offset_ns);
  lines(of + ".clock_bound_ns", node.clock_bound_ns);
  lines(of + ".barrier_wait", node.barrier_wait.value);
}

void channel_lines(Lines& lines, const std::string& of, const Channel& channel) {
  lines(of + ".name", channel.name);
  lines(of + ".domain", channel.domain);
  lines(of + ".within", channel.within);
  lines(of + ".measure", channel.measure);
  lines(of + ".source", channel.source);
  lines(of + ".scale", channel.scale);
  lines(of + ".update_period", channel.update_period.value);
  lines(of + ".averaging_window", channel.averaging_window.value);
  lines(of + ".lag", channel.lag.value);
  lines(of + ".wrap", channel.wrap);
  lines(of + ".resolution", channel.resolution);
  lines(of + ".gain_relative", channel.gain_relative);
  lines(of + ".gain_group", channel.gain_group);
  lines(of + ".note", channel.note);
}

void run_lines(Lines& lines, const std::string& of, const RunInfo& run) {
  lines(of + ".id", run.id);
  lines(of + ".sweep_name", run.sweep_name);
  lines(of + ".sweep_text", run.sweep_text);
  lines(of + ".seed", run.seed);
  lines(of + ".protocol", run.protocol);
  lines(of + ".build_hash", run.build_hash);
  lines(of + ".kernels_hash", run.kernels_hash);
  lines(of + ".device", run.device);
  lines(of + ".started_utc", run.started_utc);
  lines(of + ".anchor_utc_ns", run.anchor_utc_ns);
  lines(of + ".anchor_steady_ns", run.anchor_steady_ns);
  lines(of + ".primary_channel", run.primary_channel);
  lines(of + ".unmeasured_reason", run.unmeasured_reason);
  lines(of + ".provenance", run.provenance);
  lines(of + ".beside.counters_reason", run.beside.counters_reason);
  lines(of + ".beside.frequency_source", run.beside.frequency_source);
  lines(of + ".beside.frequency_reason", run.beside.frequency_reason);
  lines(of + ".beside.scheduling_reason", run.beside.scheduling_reason);
  lines(of + ".slurm_energy", run.slurm_energy.value);
  lines(of + ".sampling.cpu", run.sampling.cpu.value);
  lines(of + ".sampling.elapsed", run.sampling.elapsed.value);
  for (const ChannelTotals& cost : run.sampling.channels) {
    lines(of + ".sampling.reads", cost.reads);
    lines(of + ".sampling.time", cost.time.value);
    lines(of + ".sampling.energy", cost.energy.value);
    lines(of + ".sampling.span", cost.span.value);
  }
  for (std::size_t i = 0; i < run.channels.size(); ++i) {
    channel_lines(lines, fmt::format("{}.channels[{}]", of, i), run.channels[i]);
  }
}

void record_lines(Lines& lines, const std::string& of, const Record& record) {
  lines(of + ".point", point_key(record.point));
  lines(of + ".kernel", kernel_id(*record.point.kernel));
  lines(of + ".run", record.run);
  lines(of + ".order", record.order);
  lines(of + ".replicate", record.replicate);
  lines(of + ".repetition", record.repetition);
  lines(of + ".sentinel", static_cast<int>(record.sentinel));
  lines(of + ".run_status", record.run_status);
  lines(of + ".check_status", record.check_status);
  lines(of + ".energy_status", record.energy_status);
  lines(of + ".reason", record.reason);
  lines(of + ".error_max", record.error_max);
  lines(of + ".tolerance", record.tolerance);
  lines(of + ".checked", record.checked);
  lines(of + ".zero_fraction", record.zero_fraction);
  lines(of + ".operand_sets", record.operand_sets);
  lines(of + ".time_batch", record.time_batch);
  lines(of + ".ranks", record.ranks);
  lines(of + ".nodes", record.nodes);
  lines(of + ".time_of_ranks", record.time_of_ranks.value);
  lines(of + ".settling.time", record.settling.time.value);
  lines(of + ".settling.watched", record.settling.watched);
  lines(of + ".settling.restless", record.settling.restless);
  lines(of + ".stop", record.stop);
  for (const Seconds time : record.times) lines(of + ".times", time.value);
  for (std::size_t i = 0; i < record.windows.size(); ++i) {
    const Window& window = record.windows[i];
    const std::string within = fmt::format("{}.windows[{}]", of, i);
    lines(within + ".launches", window.launches);
    lines(within + ".begin_ns", window.begin_ns);
    lines(within + ".end_ns", window.end_ns);
    lines(within + ".invalid", window.invalid);
    lines(within, window.energy);
    beside_lines(lines, within, window);
    for (std::size_t n = 0; n < window.nodes.size(); ++n) {
      node_lines(lines, fmt::format("{}.nodes[{}]", within, n), window.nodes[n]);
    }
  }
}

}  // namespace

Results random_results(std::uint64_t seed, const ResultsShape& shape) {
  Random random(seed);
  Results results;
  for (int i = 0; i < shape.runs; ++i) results.runs.push_back(random_run(random, seed, i));
  if (results.runs.empty()) return results;
  for (int i = 0; i < 2 * shape.runs; ++i) {
    const auto run = static_cast<int>(random.integer(0, shape.runs - 1));
    results.idle.push_back({.run = run,
                            .begin_ns = 1000 * i,
                            .end_ns = random.integer(0, 1'000'000'000'000),
                            .invalid = static_cast<std::uint32_t>(random.integer(0, 1)),
                            .energy = random_energies(random, results.runs[run])});
  }
  for (int i = 0; i < shape.records; ++i) {
    results.records.push_back(random_record(random, results.runs, shape));
  }
  return results;
}

std::vector<std::string> lines_of(const Results& results) {
  Lines lines;
  for (std::size_t i = 0; i < results.runs.size(); ++i) {
    run_lines(lines, fmt::format("runs[{}]", i), results.runs[i]);
  }
  for (std::size_t i = 0; i < results.idle.size(); ++i) {
    const IdleStretch& stretch = results.idle[i];
    const std::string of = fmt::format("idle[{}]", i);
    lines(of + ".run", stretch.run);
    lines(of + ".begin_ns", stretch.begin_ns);
    lines(of + ".end_ns", stretch.end_ns);
    lines(of + ".invalid", stretch.invalid);
    lines(of, stretch.energy);
  }
  for (std::size_t i = 0; i < results.records.size(); ++i) {
    record_lines(lines, fmt::format("records[{}]", i), results.records[i]);
  }
  return lines.lines;
}

}  // namespace ergon
