#include "harness/submit/submit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include <fmt/format.h>

#include "harness/record/provenance.h"
#include "harness/submit/attempt.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using Fate = IntendedJob::Fate;

// How long after a killed submission the scheduler may still be taking in what it was sent.
constexpr auto kTakingIn = std::chrono::seconds(2);

int shards_for(const SubmitOptions& options, const PlanTime& time, std::int64_t visits) {
  double shards = options.shards;
  if (options.shards == 0) {
    // In the middle of what a plan may take; a shard that takes longer goes on after a requeue.
    const double minutes = (time.least + time.most).value / 2 / 60;
    shards = std::ceil(minutes / options.site.minutes_per_shard);
  }
  if (options.site.shards_max > 0) shards = std::min<double>(shards, options.site.shards_max);
  return static_cast<int>(std::clamp<double>(shards, 1, static_cast<double>(visits)));
}

int next_shard(const Intents& intents) {
  int next = 0;
  for (const Submission& of : intents.submissions)
    next = std::max(next, of.first_shard + of.shards);
  return next;
}

const IntendedJob* on_record(const Intents& intents, const std::string& tag) {
  const auto found = std::ranges::find(intents.jobs, tag, &IntendedJob::tag);
  return found == intents.jobs.end() ? nullptr : &*found;
}

// The job that a tag has with the scheduler, or has had by its own claim; empty: none. Throws Error
// where the scheduler cannot say.
std::string find_job(const Campaign& campaign, const SchedulerType& scheduler,
                     const std::string& tag) {
  if (const std::string job = claimant(campaign.folder(), tag); !job.empty()) return job;
  for (int i = 0; i < 2; ++i) {
    if (i > 0) std::this_thread::sleep_for(kTakingIn);
    const Queue queue = scheduler.query(std::vector<std::string>{tag});
    if (!queue.answered) {
      throw Error(
          fmt::format("submit: {} was to be handed over when the last ergon was stopped, "
                      "and {} does not say whether it has it ({}); nothing was handed "
                      "over; run this again when it answers",
                      tag, scheduler.name, queue.why_not));
    }
    if (!queue.tasks.empty()) return queue.tasks.front().job;
  }
  return "";
}

// Hands one job over, and has it on record before and after.
void hand_over(const Campaign& campaign, IntentJournal& journal, const Submission& submission,
               IntendedJob job) {
  const SchedulerType& scheduler = scheduler::named(submission.scheduler);
  const Site site = parse_site(submission.site_text, "the site");
  const IntendedJob* const before = on_record(journal.intents(), job.tag);
  if (before != nullptr && before->fate == Fate::intended) {
    job.job = find_job(campaign, scheduler, job.tag);
  }
  if (job.job.empty()) {
    const std::filesystem::path file = campaign.script_file(job.tag);
    Site with_program = site;
    with_program.program = submission.program;
    write_whole(file, scheduler.script(job_for(campaign, submission, job, journal.intents()),
                                       with_program));
    job.fate = Fate::intended;
    journal.add(job);
    const Submitted submitted = scheduler.submit(
        job_for(campaign, submission, job, journal.intents()), file, journal.lock());
    job.job = submitted.job;
    job.why = submitted.why;
    if (submitted.outcome == Submitted::Outcome::unknown) {
      job.job = find_job(campaign, scheduler, job.tag);
    }
  }
  job.fate = job.job.empty() ? Fate::refused : Fate::accepted;
  journal.add(job);
  if (job.fate == Fate::accepted) return;
  throw Error(fmt::format("submit: {} did not take {}: {}; mend the site, then `ergon resume {}`",
                          scheduler.name, campaign.script_file(job.tag).string(), job.why,
                          campaign.folder().string()));
}

}  // namespace

SubmitPlan plan_submission(const Campaign& campaign, const Intents& intents,
                           const SubmitOptions& options, std::vector<Visit> visits) {
  ERGON_ASSERT(!visits.empty());
  const Site& site = options.site;
  SubmitPlan plan;
  plan.visits = std::move(visits);
  const auto count = static_cast<std::int64_t>(plan.visits.size());
  Protocol protocol = campaign.sweep().protocol;
  protocol.replicates = 1;  // visits have them in them
  plan.time = plan_time(count, protocol);
  const int cpus = std::max(1, site.cpus_per_task);
  plan.hours_least = plan.time.least.value / 3600 * cpus;
  plan.hours_most = plan.time.most.value / 3600 * cpus;
  Submission& of = plan.submission;
  of.number = static_cast<int>(intents.submissions.size());
  of.scheduler = site.scheduler;
  of.site_text = site.text;
  of.program = site.program.empty() ? std::filesystem::read_symlink("/proc/self/exe").string()
                                    : site.program;
  of.kernels_hash = kernels_hash();
  of.build_hash = build_hash();
  of.first_shard = next_shard(intents);
  of.shards = shards_for(options, plan.time, count);
  of.array_max = site.array_max > 0 ? site.array_max : scheduler::named(site.scheduler).array_max();
  of.held = options.held;
  of.visits = count;
  return plan;
}

std::vector<IntendedJob> jobs_of(const Campaign& campaign, const Submission& submission) {
  const std::string stem = fmt::format("ergon-{}-s{}", campaign.manifest().id, submission.number);
  std::vector<IntendedJob> jobs;
  const int most = submission.array_max > 0 ? submission.array_max : submission.shards;
  for (int done = 0; done < submission.shards; done += most) {
    jobs.push_back({.tag = fmt::format("{}-a{}", stem, jobs.size()),
                    .submission = submission.number,
                    .first = submission.first_shard + done,
                    .tasks = std::min(most, submission.shards - done),
                    .job = "",
                    .why = ""});
  }
  jobs.push_back({.tag = stem + "-collect",
                  .submission = submission.number,
                  .first = submission.first_shard,
                  .tasks = 0,
                  .job = "",
                  .why = ""});
  return jobs;
}

Job job_for(const Campaign& campaign, const Submission& submission, const IntendedJob& job,
            const Intents& intents) {
  Job made{.tag = job.tag,
           .campaign = campaign.folder(),
           .first = job.first,
           .tasks = job.tasks,
           .after = {},
           .exclude = submission.exclude,
           .notice = campaign.sweep().protocol.point_max,
           .held = submission.held && job.tasks > 0};
  const bool chained = parse_site(submission.site_text, "the site").at_once > 0;
  for (const IntendedJob& each : jobs_of(campaign, submission)) {
    if (each.tag == job.tag) break;
    const IntendedJob* const before = on_record(intents, each.tag);
    // One array after the other where only so many tasks may run at a time.
    if (job.tasks > 0 && !chained) continue;
    if (job.tasks > 0) made.after.clear();
    made.after.push_back(before == nullptr ? "JOB" : before->job);
  }
  return made;
}

void begin_submission(const Campaign& campaign, IntentJournal& journal, const SubmitPlan& plan) {
  write_whole(campaign.work_file(plan.submission.number), work_text(plan.visits));
  journal.add(plan.submission);
  finish_submission(campaign, journal);
}

void finish_submission(const Campaign& campaign, IntentJournal& journal) {
  if (journal.intents().submissions.empty()) return;
  const Submission submission = journal.intents().submissions.back();
  for (IntendedJob& job : jobs_of(campaign, submission)) {
    const IntendedJob* const before = on_record(journal.intents(), job.tag);
    const bool settled =
        before != nullptr && (before->fate == Fate::accepted || before->fate == Fate::cancelled);
    if (!settled) hand_over(campaign, journal, submission, std::move(job));
  }
}

}  // namespace ergon
