#include "harness/submit/shard_run.h"

#include <algorithm>
#include <csignal>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "harness/clock.h"
#include "harness/record/journal.h"
#include "harness/record/provenance.h"
#include "harness/record/record_index.h"
#include "harness/run/interrupt.h"
#include "harness/submit/campaign.h"
#include "harness/submit/file_lock.h"
#include "harness/submit/intents.h"
#include "harness/submit/scheduler.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

// A task leaves this much of its time unused, to write its file and to be put back.
constexpr Seconds kToEnd{10};
// An attempt file is written at most this often while points are shorter.
constexpr std::int64_t kBetweenWritesNs = 200'000'000;

// Where no scheduler gives a node to one task alone, tasks of this machine take turns: whoever
// holds this lock measures.
FileDescriptor wait_for_machine() {
  return wait_for_lock(fs::temp_directory_path() / "ergon-machine.lock");
}

// Every n-th visit of the submission, less those that earlier attempts at this shard have.
struct ShardWork {
  std::vector<Visit> all, left;
};

std::unordered_set<std::string> measured_before(const Campaign& campaign, int shard, int attempt,
                                                const Plan& plan) {
  std::unordered_set<std::string> done;
  std::unordered_map<PointDigest, std::uint32_t, HashDigest> numbers;
  for (const Point& point : plan.points) {
    numbers.emplace(digest_of(point_id(point)), static_cast<std::uint32_t>(numbers.size()));
  }
  for (int earlier = 0; earlier < attempt; ++earlier) {
    const fs::path file = shard_file(campaign.folder(), shard, earlier);
    const RecordIndex index =
        fs::exists(file) ? read_record_index(file) : index_of(read_journal(journal_path(file)));
    for (const RecordIndex::Row& row : index.rows) {
      const auto found = numbers.find(row.point);
      if (row.sentinel || found == numbers.end()) continue;
      done.insert(fmt::format("{}/{}", found->second, row.replicate));
    }
  }
  return done;
}

std::string visit_text(const Visit& visit) {
  return fmt::format("{}/{}", visit.point, visit.replicate);
}

// What a shard's attempt is while it lasts.
class ShardRun {
 public:
  ShardRun(const ShardTask& task, const Campaign& campaign, const Submission& submission)
      : task_(task),
        campaign_(campaign),
        submission_(submission),
        scheduler_(scheduler::named(submission.scheduler)),
        begin_ns_(steady_clock().now_ns()),
        own_(scheduler_.allocation()) {}

  ShardOutcome run(const std::function<void(const Progress&)>& progress);

 private:
  void measure(const std::function<void(const Progress&)>& progress);
  void choose_work(const Plan& plan);
  void expect_attempts_left() const;
  [[nodiscard]] std::string unmetered() const;
  [[nodiscard]] std::string facts() const;
  [[nodiscard]] bool out_of_time();
  void note(const Progress& now);
  void write() const { write_attempt(campaign_.folder(), attempt_); }

  const ShardTask& task_;
  const Campaign& campaign_;
  const Submission& submission_;
  const SchedulerType& scheduler_;
  std::int64_t begin_ns_;
  Allocation own_;
  Attempt attempt_;
  ShardWork work_;
  std::int64_t visit_ns_ = 0, longest_ns_ = 0, written_ns_ = 0;
  bool late_ = false;  // it stopped since there was no time left
};

void ShardRun::choose_work(const Plan& plan) {
  const std::vector<Visit> visits = read_work(campaign_.work_file(submission_.number));
  const auto done = measured_before(campaign_, attempt_.shard, attempt_.number, plan);
  for (auto i = static_cast<std::size_t>(attempt_.shard - submission_.first_shard);
       i < visits.size(); i += static_cast<std::size_t>(submission_.shards)) {
    if (visits[i].point >= plan.points.size()) {
      throw Error(campaign_.work_file(submission_.number).string() +
                  ": names a point beyond the "
                  "plan; the campaign is damaged");
    }
    work_.all.push_back(visits[i]);
    if (!done.contains(visit_text(visits[i]))) work_.left.push_back(visits[i]);
  }
  attempt_.visits = std::ssize(work_.all);
  attempt_.done = attempt_.visits - std::ssize(work_.left);
}

std::string ShardRun::unmetered() const {
  if (own_.exclusive.value_or(true)) return "";
  return "the node is not this job's alone: its meters count what others do too; ask for "
         "exclusive nodes";
}

std::string ShardRun::facts() const {
  const auto or_null = [](const auto& value) {
    return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
  };
  return nlohmann::json{{"id", campaign_.manifest().id},
                        {"shard", attempt_.shard},
                        {"attempt", attempt_.number},
                        {"scheduler", submission_.scheduler},
                        {"job", own_.job},
                        {"task", task_.task},
                        {"restart", own_.restart},
                        {"node", attempt_.node},
                        {"exclusive", or_null(own_.exclusive)},
                        {"energy_scope", own_.exclusive.value_or(true) ? "own" : "shared"}}
      .dump();
}

bool ShardRun::out_of_time() {
  if (!own_.left) return false;
  const auto left = static_cast<double>(begin_ns_ - steady_clock().now_ns()) * 1e-9;
  const Seconds longest{static_cast<double>(longest_ns_) * 1e-9};
  late_ = own_.left->value + left < (kToEnd + 1.5 * longest).value;
  return late_;
}

void ShardRun::note(const Progress& now) {
  const std::int64_t now_ns = steady_clock().now_ns();
  if (visit_ns_ > 0) longest_ns_ = std::max(longest_ns_, now_ns - visit_ns_);
  const std::int64_t before = attempt_.visits - std::ssize(work_.left);
  attempt_.done = before + now.fresh;
  attempt_.failed += now.fresh > attempt_.fresh && now.last->run_status == RunStatus::failed;
  attempt_.fresh = now.fresh;
  attempt_.elapsed = now.elapsed;
  attempt_.energy = now.energy;
  attempt_.energy_status = now.energy_status;
  attempt_.visit.clear();
  if (now_ns - written_ns_ < kBetweenWritesNs) return;
  written_ns_ = now_ns;
  write();
}

void ShardRun::measure(const std::function<void(const Progress&)>& progress) {
  const Plan plan = campaign_.plan();
  choose_work(plan);
  write();
  const Sweep sweep = campaign_.sweep();
  const auto begins = [this](const Visit& visit) {
    visit_ns_ = steady_clock().now_ns();
    attempt_.visit = visit_text(visit);
    write();
  };
  RunOptions options{
      .output = shard_file(campaign_.folder(), attempt_.shard, attempt_.number),
      .shard = {},
      .command_line = fmt::format("ergon shard {} --tag {} --first {} --task {}",
                                  task_.campaign.string(), task_.tag, task_.first, task_.task),
      .within = {.plan = &plan,
                 .visits = &work_.left,
                 .begins = begins,
                 .ends = [this] { return out_of_time(); },
                 .unmetered = unmetered(),
                 .facts = facts()}};
  if (work_.left.empty()) return;
  const RunSummary summary = run_sweep(sweep, options, [&](const Progress& now) {
    note(now);
    if (progress) progress(now);
  });
  if (summary.interrupted) attempt_.state = Attempt::State::stopped;
}

// Attempts that stopped in good order do not count: a long shard may need many.
void ShardRun::expect_attempts_left() const {
  const int attempts_max = parse_site(submission_.site_text, "the site").attempts_max;
  const std::vector<Attempt> attempts = read_attempts(campaign_.folder(), attempt_.shard);
  const auto lost = std::ranges::count_if(attempts, [&](const Attempt& attempt) {
    return attempt.number < attempt_.number && attempt.state != Attempt::State::stopped;
  });
  if (lost < attempts_max) return;
  throw Error(
      fmt::format("shard {} was lost {} times already, the most that the site allows; its "
                  "logs say why; `ergon resume` shares out what is left of it",
                  attempt_.shard, lost));
}

ShardOutcome ShardRun::run(const std::function<void(const Progress&)>& progress) {
  if (!claim_tag(campaign_.folder(), task_.tag, own_.job)) {
    return {.attempt = {}, .duplicate = true, .requeued = false};
  }
  FileDescriptor machine;
  if (!own_.exclusive) machine = wait_for_machine();
  attempt_ = claim_attempt(campaign_.folder(), task_.first + task_.task);
  attempt_.tag = task_.tag;
  attempt_.job = own_.id;
  attempt_.node = host_name();
  attempt_.restart = own_.restart;
  attempt_.energy = {std::numeric_limits<double>::quiet_NaN()};
  try {
    expect_attempts_left();
    measure(progress);
  } catch (const std::exception& error) {
    attempt_.state = Attempt::State::failed;
    attempt_.reason = error.what();
    write();
    throw;
  }
  const int signal = InterruptGuard::last_signal();
  const bool stopped = attempt_.state == Attempt::State::stopped;
  if (!stopped) attempt_.state = Attempt::State::done;
  attempt_.reason = !stopped            ? ""
                    : late_             ? "no time left"
                    : signal == SIGUSR1 ? "told that time is short"
                                        : "told to end";
  write();
  ShardOutcome outcome{.attempt = attempt_, .duplicate = false, .requeued = false};
  // A task that measured nothing in all its time would do so again.
  const bool time = late_ || signal == SIGUSR1;
  if (stopped && time && attempt_.fresh > 0) outcome.requeued = scheduler_.requeue(own_);
  return outcome;
}

}  // namespace

ShardOutcome run_shard(const ShardTask& task,
                       const std::function<void(const Progress&)>& progress) {
  const Campaign campaign(task.campaign);
  const Intents intents = read_intents(campaign.folder());
  const int shard = task.first + task.task;
  const Submission* const submission = intents.submission_of(shard);
  if (submission == nullptr) {
    throw Error(fmt::format("{}: no submission has shard {}", campaign.folder().string(), shard));
  }
  if (submission->kernels_hash != kernels_hash()) {
    throw Error(
        fmt::format("shard {}: this ergon was built from other kernel sources than the one "
                    "that submitted it; `ergon resume --stale {}` measures with this one",
                    shard, campaign.folder().string()));
  }
  return ShardRun(task, campaign, *submission).run(progress);
}

}  // namespace ergon
