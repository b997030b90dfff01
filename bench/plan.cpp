#include "harness/config/plan.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/command.h"
#include "bench/duration.h"
#include "bench/plan_forecast.h"
#include "bench/sensor_text.h"
#include "harness/config/plan_time.h"
#include "kernels/device.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

struct Options {
  std::string sweep, shard = "0/1", meter_model;
  bool points = false;
};

// Points of one kernel, and how many of them each reason refuses.
struct Tally {
  std::int64_t points = 0, refused = 0;
  std::map<std::string, std::int64_t> reasons;
};

int threads_max_here() {
  for (const DeviceType* type : device::all()) {
    std::string why_not;
    if (type->kind != DeviceKind::cpu) continue;
    if (const auto device = type->open(0, why_not)) return device->threads_max();
  }
  return 0;
}

std::map<std::string, Tally> tally_points(const Plan& plan) {
  const int threads_max = threads_max_here();
  std::map<std::string, Tally> tallies;
  for (const Point& point : plan.points) {
    Tally& tally = tallies[kernel_id(*point.kernel)];
    ++tally.points;
    const std::string why = refusal(point, threads_max);
    if (why.empty()) continue;
    ++tally.refused;
    ++tally.reasons[why];
  }
  return tallies;
}

// Reasons may name extents, so one kernel can have thousands: the most frequent stand for all.
void print_reasons(const Tally& tally) {
  constexpr std::size_t kShown = 5;
  std::vector<std::pair<std::int64_t, std::string>> reasons;
  for (const auto& [reason, count] : tally.reasons) reasons.emplace_back(-count, reason);
  std::sort(reasons.begin(), reasons.end());
  for (std::size_t i = 0; i < std::min(kShown, reasons.size()); ++i) {
    fmt::print("  {:>10}    refused: {}\n", -reasons[i].first, reasons[i].second);
  }
  if (reasons.size() > kShown) {
    fmt::print("  {:>10}    other reasons; --points shows each\n", reasons.size() - kShown);
  }
}

void print_tallies(const std::map<std::string, Tally>& tallies) {
  for (const auto& [id, tally] : tallies) {
    fmt::print("  {:>10}  {}\n", points_text(tally.points), id);
    print_reasons(tally);
  }
}

void print_time(std::int64_t able, const Protocol& protocol) {
  const PlanTime time = plan_time(able, protocol);
  fmt::print("time: {} to {}, checks apart\n", duration_text(time.least), duration_text(time.most));
  fmt::print(
      "  protocol {}: {} to {} windows of {} or more a point, until the 95 % interval is "
      "+-{:g} %;\n  at most {} a point; {} of idle around every {}\n",
      protocol.preset, protocol.windows_min, protocol.windows_max,
      duration_text(protocol.window_min), 100 * protocol.half_width_max,
      duration_text(protocol.point_max), duration_text(protocol.idle),
      duration_text(protocol.block_max));
}

void print_meters(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const MeterRequest& request : sweep.meters) names.push_back(request.name);
  fmt::print("meters: {}\n", names.empty() ? "every hardware meter that opens"
                                           : fmt::format("{}", fmt::join(names, ", ")));
}

// One line a point, in the order of measurement.
void print_points(const Plan& plan) {
  const int threads_max = threads_max_here();
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    const std::string why = refusal(plan.points[i], threads_max);
    fmt::print("{} {} {}{}\n", i, point_id(plan.points[i]).substr(0, 12), point_key(plan.points[i]),
               why.empty() ? "" : "  refused: " + why);
  }
}

void execute(const Options& options) {
  const Sweep sweep = read_sweep(options.sweep);
  const Shard part = shard_named(options.shard);
  Plan plan = make_plan(sweep);
  const auto whole = static_cast<std::int64_t>(plan.points.size());
  if (part.count > 1) plan = plan.shard(part);
  if (options.points) {
    print_points(plan);
    return;
  }
  const auto points = static_cast<std::int64_t>(plan.points.size());
  fmt::print("{}: {} points", sweep.name, points_text(points));
  if (part.count > 1) fmt::print(", shard {} of {}", options.shard, points_text(whole));
  const std::int64_t twice = count_points(sweep) - whole;
  if (twice > 0) fmt::print(" ({} duplicates dropped)", points_text(twice));
  const std::map<std::string, Tally> tallies = tally_points(plan);
  std::int64_t refused = 0;
  for (const auto& [id, tally] : tallies) refused += tally.refused;
  fmt::print(", seed {}: {} can run here, {} refused\n", sweep.seed, points_text(points - refused),
             points_text(refused));
  print_tallies(tallies);
  print_time(points - refused, sweep.protocol);
  print_meters(sweep);
  if (points > refused) print_forecast(sweep, points - refused, options.meter_model);
}

void add(CLI::App& app, int&) {
  const auto options = std::make_shared<Options>();
  app.add_option("sweep", options->sweep, "the sweep, a YAML file")->required();
  app.add_option("--shard", options->shard, "plan part i of n of the points: i/n, from 0/n");
  app.add_flag("--points", options->points, "print every point in order: id, key, refusal");
  app.add_option(
      "--meter-model", options->meter_model,
      fmt::format("forecast for this sensor instead of this machine's: {}; or a channel that "
                  "`ergon characterise --list` shows",
                  kSensorNames));
  app.callback([options] { execute(*options); });
}

}  // namespace

namespace command {

extern const Command plan{
    .name = "plan",
    .description = "show what a sweep comes to, measuring nothing",
    .examples =
        "  ergon plan configs/quickstart.yaml\n"
        "  ergon plan configs/gemm-bert.yaml --shard 0/4\n"
        "  ergon plan configs/quickstart.yaml --points | grep refused\n"
        "  ergon plan configs/gemm-bert.yaml --meter-model "
        "period_s=0.1,window_s=0.025,noise=0.02,load_watts=400\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
