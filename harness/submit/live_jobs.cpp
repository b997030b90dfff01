#include "harness/submit/live_jobs.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "harness/submit/submit.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// squeue's reason, word for word.
constexpr std::string_view kHeldAfterLaunch = "launch failed requeued held";

void add_once(std::vector<std::string>& jobs, const std::string& job) {
  if (std::ranges::find(jobs, job) == jobs.end()) jobs.push_back(job);
}

}  // namespace

std::vector<LiveJobs> live_jobs(const Intents& intents) {
  std::map<std::string, std::vector<std::string>> tags;  // by scheduler
  std::map<std::string, bool> has_shards;                // by tag
  for (const IntendedJob& job : intents.jobs) {
    const auto submission = static_cast<std::size_t>(job.submission);
    tags[intents.submissions[submission].scheduler].push_back(job.tag);
    has_shards[job.tag] = job.tasks > 0;
  }
  std::vector<LiveJobs> all;
  for (const auto& [name, of] : tags) {
    LiveJobs live{.scheduler = &scheduler::named(name), .jobs = {}, .arrays = {}};
    const Queue queue = live.scheduler->query(of);
    if (!queue.answered) {
      throw Error(name + " does not say which jobs are this campaign's: " + queue.why_not +
                  "; run this again when it answers");
    }
    for (const QueuedTask& task : queue.tasks) {
      if (task.phase == QueuedTask::Phase::ended) continue;
      add_once(live.jobs, task.job);
      if (has_shards[task.tag]) add_once(live.arrays, task.job);
    }
    if (!live.jobs.empty()) all.push_back(std::move(live));
  }
  return all;
}

int release_requeued(const Intents& intents, const Queue& queue) {
  int released = 0;
  for (const QueuedTask& task : queue.tasks) {
    if (task.phase != QueuedTask::Phase::waiting || task.reason != kHeldAfterLaunch) continue;
    const auto job = std::ranges::find(intents.jobs, task.tag, &IntendedJob::tag);
    if (job == intents.jobs.end()) continue;
    const auto submission = static_cast<std::size_t>(job->submission);
    const SchedulerType& scheduler = scheduler::named(intents.submissions[submission].scheduler);
    const std::string id = task.job + "_" + std::to_string(task.task);
    const std::string why = scheduler.hold(std::vector<std::string>{id}, /*release=*/true);
    if (!why.empty()) throw Error("task " + id + " is held, and cannot be released: " + why);
    ++released;
  }
  return released;
}

void withdraw(const Campaign& campaign, IntentJournal& journal) {
  if (journal.intents().submissions.empty()) return;
  for (IntendedJob& job : jobs_of(campaign, journal.intents().submissions.back())) {
    const auto known = std::ranges::find(journal.intents().jobs, job.tag, &IntendedJob::tag);
    if (known != journal.intents().jobs.end()) job = *known;
    if (job.fate == IntendedJob::Fate::cancelled) continue;
    job.fate = IntendedJob::Fate::cancelled;
    journal.add(job);
  }
}

}  // namespace ergon
