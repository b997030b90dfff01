#include "bench/submission_text.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include <fmt/format.h>

#include "bench/duration.h"
#include "harness/config/plan.h"
#include "harness/submit/scheduler.h"

namespace ergon {
namespace {

// What a scheduler says of a script that lies outside the campaign, which may not be there yet.
std::string tested(const SchedulerType& scheduler, const std::string& script) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / fmt::format("ergon-dry-run-{}.sh", getpid());
  std::ofstream(file) << script;
  const std::string said = scheduler.test(file);
  std::filesystem::remove(file);
  return said;
}

}  // namespace

void print_submission(const Campaign& campaign, const SubmitPlan& plan) {
  const Submission& of = plan.submission;
  const Site site = parse_site(of.site_text, "the site");
  const std::int64_t each = (of.visits + of.shards - 1) / of.shards;
  fmt::print("{}: {} of {} points in {} shards of at most {}, by {}\n", campaign.manifest().name,
             points_text(of.visits), points_text(campaign.manifest().visits()), of.shards, each,
             of.scheduler);
  fmt::print("measuring: {} to {} in all, {} to {} a shard, checks apart\n",
             duration_text(plan.time.least), duration_text(plan.time.most),
             duration_text(plan.time.least / static_cast<double>(of.shards)),
             duration_text(plan.time.most / static_cast<double>(of.shards)));
  if (of.scheduler == "local") {
    fmt::print("expected time: the same, for shards run one after the other here\n");
    return;
  }
  const int at_once = site.at_once > 0 ? std::min(site.at_once, of.shards) : of.shards;
  const double rounds = std::ceil(static_cast<double>(of.shards) / at_once) / of.shards;
  fmt::print("expected time: {} to {} with {} shards at once, waiting apart; limit {} a shard\n",
             duration_text(rounds * plan.time.least), duration_text(rounds * plan.time.most),
             at_once, duration_text(Seconds{site.minutes * 60.0}));
  if (site.cpus_per_task > 0) {
    fmt::print("core-hours: {:.3g} to {:.3g}, of {} CPUs a shard\n", plan.hours_least,
               plan.hours_most, site.cpus_per_task);
  } else {
    fmt::print(
        "core-hours: {:.3g} to {:.3g} node-hours times the cores of a node, since the site "
        "does not say cpus_per_task\n",
        plan.hours_least, plan.hours_most);
  }
}

void print_scripts(const Campaign& campaign, const SubmitPlan& plan, const Intents& intents) {
  const SchedulerType& scheduler = scheduler::named(plan.submission.scheduler);
  Site site = parse_site(plan.submission.site_text, "the site");
  site.program = plan.submission.program;
  for (const IntendedJob& job : jobs_of(campaign, plan.submission)) {
    Job made = job_for(campaign, plan.submission, job, intents);
    const std::string script = scheduler.script(made, site);
    fmt::print("\n== {}\n{}", campaign.script_file(job.tag).string(), script);
    made.after.clear();  // jobs that are not there yet
    const std::string said = tested(scheduler, scheduler.script(made, site));
    if (!said.empty()) fmt::print("-- {} says: {}\n", scheduler.name, said);
  }
}

void print_jobs(const Campaign& campaign, const Intents& intents) {
  const int last = intents.submissions.back().number;
  for (const IntendedJob& job : intents.jobs) {
    if (job.submission != last) continue;
    if (job.tasks > 0) {
      fmt::print("job {}: shards {} to {} ({})\n", job.job, job.first, job.first + job.tasks - 1,
                 job.tag);
    } else {
      fmt::print("job {}: collects behind them ({})\n", job.job, job.tag);
    }
  }
  fmt::print("ergon status {}\n", campaign.folder().string());
}

}  // namespace ergon
