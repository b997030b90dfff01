#include "analysis/foreign/foreign_results.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {

void ForeignResults::add(const Measurement& measurement, std::string_view place) {
  const Problem& problem = measurement.problem;
  for (const std::int64_t extent : problem.extents) {
    if (extent < 1)
      throw Error(fmt::format("{}{}: an extent is below 1", place, problem_key(problem)));
  }
  if (const std::string why = problem.primitive->invalid(problem); !why.empty()) {
    throw Error(fmt::format("{}{} is no problem: {}", place, problem_key(problem), why));
  }
  const double joules = measurement.energy.value, seconds = measurement.time.value;
  if (!(joules > 0) || !(seconds > 0) || !std::isfinite(joules) || !std::isfinite(seconds)) {
    throw Error(fmt::format("{}{:g} J in {:g} s: both must be above zero", place, joules, seconds));
  }
  Record record;
  record.point = {.problem = problem,
                  .kernel = kernels_.find(measurement.kernel, origin_.kind),
                  .threads = measurement.threads,
                  .fill = {}};
  record.run = run_of(measurement.run);
  record.order = records_[static_cast<std::size_t>(record.run)]++;
  record.repetition = repetitions_[fmt::format("{} {}", record.run, point_key(record.point))]++;
  record.run_status = RunStatus::ok;
  record.check_status = CheckStatus::not_run;
  const bool imported = origin_.source == Source::imported;
  record.energy_status = imported ? EnergyStatus::imported : EnergyStatus::simulated;
  record.reason = imported ? "measured by others" : "simulated";
  record.error_max = std::numeric_limits<double>::quiet_NaN();
  record.times = {measurement.time};
  // One window of a second stands for their mean: whole nanoseconds lose no digit of it.
  Window window;
  window.launches = 1 / seconds;
  window.begin_ns = 2'000'000'000 * record.order;
  window.end_ns = window.begin_ns + 1'000'000'000;
  ChannelEnergy energy;
  energy.gross = Joules{joules / seconds};
  energy.u_edge = Joules{std::numeric_limits<double>::quiet_NaN()};
  window.energy.push_back(energy);
  record.windows.push_back(std::move(window));
  results_.records.push_back(std::move(record));
}

int ForeignResults::run_of(const std::string& id) {
  const auto [at, fresh] = runs_.try_emplace(id, static_cast<int>(results_.runs.size()));
  if (!fresh) return at->second;
  records_.push_back(0);
  RunInfo run;
  run.id = id;
  run.sweep_name = origin_.meter;
  run.device = origin_.device;
  run.primary_channel = 0;
  Channel channel;
  channel.name = origin_.meter;
  channel.domain = origin_.boundary;
  channel.source = origin_.source;
  channel.note = origin_.note;
  run.channels.push_back(std::move(channel));
  run.provenance = "{}";
  results_.runs.push_back(std::move(run));
  return at->second;
}

}  // namespace ergon
