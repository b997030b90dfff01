#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/config/plan.h"
#include "harness/config/sweep.h"
#include "harness/record/provenance.h"
#include "harness/record/results.h"
#include "harness/submit/attempt.h"
#include "harness/submit/campaign.h"
#include "harness/submit/intents.h"
#include "harness/submit/submit.h"
#include "kernels/error.h"

// ergon_campaign_scale ERGON FILES SIDE [SLACK]: makes a campaign of SIDE x SIDE points whose
// shards have all been measured, in FILES files, and has the program ERGON say its status and
// collect it. Prints how long each took and the most memory it had. Fails where the status takes
// more than a second, collecting more than 30, each times SLACK (1: for a machine left alone), or 1
// GB.
namespace ergon {
namespace {

namespace fs = std::filesystem;

std::string sweep_text(int side) {
  const std::string range = "{range: [1, " + std::to_string(side) + "], step: 1}";
  return "name: scale\nprotocol: quick\nmeters: [simulated]\ngroups:\n"
         "  - kernels: gemm/reference\n    threads: 1\n    axes: {m: " +
         range + ", n: " + range + ", k: 8}\n";
}

RunInfo made_run(const Sweep& sweep, int shard) {
  RunInfo run;
  run.id = "run-" + std::to_string(shard);
  run.sweep_name = sweep.name;
  run.sweep_text = sweep.text;
  run.protocol = protocol_key(sweep.protocol);
  run.build_hash = build_hash();
  run.kernels_hash = kernels_hash();
  run.device = "made";
  run.started_utc = "2024-01-01T00:00:00Z";
  run.anchor_utc_ns = shard;
  run.primary_channel = 0;
  run.channels.resize(1);
  run.channels[0].name = "simulated";
  run.channels[0].domain = "process";
  run.channels[0].source = Source::simulated;
  run.provenance = "{}";
  run.sampling.channels.resize(1);
  return run;
}

// Two windows and five time samples, as a quick protocol gives at least.
Record made_record(const Point& point, std::int64_t order) {
  Record record;
  record.point = point;
  record.order = order;
  record.run_status = RunStatus::ok;
  record.check_status = CheckStatus::passed;
  record.energy_status = EnergyStatus::simulated;
  record.times.assign(5, Seconds{1e-6 * static_cast<double>(order + 1)});
  for (std::int64_t i = 0; i < 2; ++i) {
    Window window;
    window.launches = 100;
    window.begin_ns = (2 * order + i) * 1'000'000;
    window.end_ns = window.begin_ns + 900'000;
    window.energy.push_back({.channel = 0, .raw_begin = 0, .raw_end = 90, .gross = {0.09}});
    record.windows.push_back(window);
  }
  return record;
}

void measure_shard(const Campaign& campaign, const Sweep& sweep, std::span<const Point> points,
                   const Submission& submission, int shard) {
  Results results;
  results.runs.push_back(made_run(sweep, shard));
  for (auto i = static_cast<std::size_t>(shard); i < points.size();
       i += static_cast<std::size_t>(submission.shards)) {
    results.records.push_back(made_record(points[i], std::ssize(results.records)));
  }
  write_results(shard_file(campaign.folder(), shard, 0), results);
  Attempt attempt = claim_attempt(campaign.folder(), shard);
  attempt.state = Attempt::State::done;
  attempt.visits = attempt.done = submission.visits_of(shard);
  attempt.energy = {0.18 * static_cast<double>(attempt.done)};
  attempt.energy_status = EnergyStatus::simulated;
  write_attempt(campaign.folder(), attempt);
}

Campaign make_campaign(const fs::path& folder, int files, int side) {
  const Sweep sweep = parse_sweep(sweep_text(side), "scale.yaml");
  const Plan plan = make_plan(sweep);
  Campaign campaign = Campaign::create(folder, sweep, "scale.yaml", plan);
  Submission submission;
  submission.scheduler = "local";
  submission.site_text = "scheduler: local\n";
  submission.kernels_hash = kernels_hash();
  submission.build_hash = build_hash();
  submission.shards = files;
  submission.visits = std::ssize(plan.points);
  write_whole(campaign.work_file(0), work_text(plan.visits()));
  IntentJournal journal(campaign.folder());
  journal.add(submission);
  for (IntendedJob& job : jobs_of(campaign, submission)) {
    job.fate = IntendedJob::Fate::accepted;
    journal.add(job);
  }
  for (int shard = 0; shard < files; ++shard) {
    measure_shard(campaign, sweep, plan.points, submission, shard);
  }
  return campaign;
}

struct Cost {
  double seconds, megabytes;
};

Cost cost_of(const char* ergon, const char* command, const fs::path& campaign) {
  const std::int64_t begin_ns = steady_clock().now_ns();
  const pid_t child = fork();
  if (child == 0) {
    execl(ergon, "ergon", command, campaign.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw Error(std::string("ergon ") + command + " failed");
  }
  const Cost cost{static_cast<double>(steady_clock().now_ns() - begin_ns) * 1e-9,
                  static_cast<double>(usage.ru_maxrss) * 1.024e-3};
  std::printf("%s: %.2f s, %.0f MB\n", command, cost.seconds, cost.megabytes);
  std::fflush(stdout);
  return cost;
}

int try_scale(int count, char** arguments) {
  if (count < 4) throw Error("usage: ergon_campaign_scale ERGON FILES SIDE [SLACK]");
  const int files = std::atoi(arguments[2]), side = std::atoi(arguments[3]);
  const double slack = count > 4 ? std::atof(arguments[4]) : 1;
  const fs::path folder =
      fs::temp_directory_path() / ("ergon_campaign_scale_" + std::to_string(getpid()));
  const Campaign campaign = make_campaign(folder, files, side);
  std::printf("%d shards, %d records\n", files, side * side);
  const Cost status = cost_of(arguments[1], "status", campaign.folder());
  const Cost collecting = cost_of(arguments[1], "collect", campaign.folder());
  fs::remove_all(folder);
  const bool allowed =
      status.seconds <= slack && collecting.seconds <= 30 * slack && collecting.megabytes <= 1000;
  return allowed ? 0 : 1;
}

}  // namespace
}  // namespace ergon

int main(int count, char** arguments) {
  try {
    return ergon::try_scale(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ergon_campaign_scale: %s\n", error.what());
    return 1;
  }
}
