#include "harness/submit/shard_state.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <unordered_map>

namespace ergon {
namespace {

// The state of a task that the scheduler has forgotten.
constexpr const char* kGone = "GONE";

// Answers by tag and task; of two for one task the one that has not ended.
class Answers {
 public:
  explicit Answers(const Queue& queue) {
    for (const QueuedTask& task : queue.tasks) {
      const QueuedTask*& known = tasks_[task.tag][task.task];
      if (known == nullptr || known->phase == QueuedTask::Phase::ended) known = &task;
    }
  }
  [[nodiscard]] const QueuedTask* find(const std::string& tag, int task) const {
    const auto job = tasks_.find(tag);
    if (job == tasks_.end()) return nullptr;
    const auto found = job->second.find(task);
    return found == job->second.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, std::unordered_map<int, const QueuedTask*>> tasks_;
};

class States {
 public:
  States(const Intents& intents, std::span<const Attempt> attempts, const Queue& queue)
      : queue_(queue), answers_(queue) {
    for (const Submission& submission : intents.submissions) {
      for (int i = 0; i < submission.shards; ++i) {
        ShardState state;
        state.shard = submission.first_shard + i;
        state.visits = submission.visits_of(state.shard);
        states_.push_back(state);
      }
    }
    jobs_.resize(states_.size());
    last_.resize(states_.size());
    ended_.resize(states_.size());
    for (const IntendedJob& job : intents.jobs) {
      for (int i = 0; i < job.tasks; ++i) set(jobs_, job.first + i, &job);
    }
    for (const Attempt& attempt : attempts) add(attempt);
    for (const EndedShard& shard : intents.ended) set(ended_, shard.shard, &shard);
  }

  std::vector<ShardState> decide() {
    for (ShardState& state : states_) decide(state);
    return std::move(states_);
  }

 private:
  template <class Of>
  void set(std::vector<Of*>& where, int shard, Of* what) {
    if (shard >= 0 && shard < std::ssize(where)) where[static_cast<std::size_t>(shard)] = what;
  }

  // The last attempt speaks for a shard, but none takes back what an earlier one has done.
  void add(const Attempt& attempt) {
    if (attempt.shard < 0 || attempt.shard >= std::ssize(states_)) return;
    const auto shard = static_cast<std::size_t>(attempt.shard);
    states_[shard].done = std::max(states_[shard].done, attempt.done);
    states_[shard].node = attempt.node;
    if (attempt.state == Attempt::State::done) states_[shard].phase = ShardState::Phase::done;
    last_[shard] = &attempt;
    if (const IntendedJob* job = jobs_[shard]) {
      int& begun = begun_[job->tag];
      begun = std::max(begun, attempt.shard - job->first);
    }
  }

  void decide(ShardState& state) const {
    const auto shard = static_cast<std::size_t>(state.shard);
    if (const EndedShard* const ended = ended_[shard]; ended != nullptr) {
      state.phase = ShardState::Phase::ended;
      state.state = ended->state;
      state.node = ended->node;
      state.done = ended->done;
      return;
    }
    if (state.phase == ShardState::Phase::done) return;
    const IntendedJob* const job = jobs_[shard];
    if (job == nullptr || job->fate == IntendedJob::Fate::intended) {
      state.phase = ShardState::Phase::waiting;
      state.reason = "it is not handed over yet; `ergon resume` does";
      return;
    }
    if (job->fate == IntendedJob::Fate::refused) {
      state.phase = ShardState::Phase::lost;
      state.state = "REFUSED";
      state.reason = job->why;
      return;
    }
    ask(*job, state);
  }

  void ask(const IntendedJob& job, ShardState& state) const {
    if (!queue_.answered) {
      state.phase = ShardState::Phase::unknown;
      state.reason = queue_.why_not;
      return;
    }
    const int task = state.shard - job.first;
    if (const QueuedTask* const found = answers_.find(job.tag, task)) {
      state.state = found->state;
      state.reason = found->reason;
      if (!found->node.empty()) state.node = found->node;
      if (found->phase == QueuedTask::Phase::ended) return lose(state);
      state.phase = found->phase == QueuedTask::Phase::waiting ? ShardState::Phase::waiting
                                                               : ShardState::Phase::running;
    } else if (answers_.find(job.tag, QueuedTask::kWholeJob) != nullptr) {
      ask_whole(job, task, state);
    } else {
      lose(state);
    }
  }

  // A job that tells nothing of its tasks runs them one after the other.
  void ask_whole(const IntendedJob& job, int task, ShardState& state) const {
    const auto found = begun_.find(job.tag);
    const int begun = found == begun_.end() ? -1 : found->second;
    const Attempt* const last = last_[static_cast<std::size_t>(state.shard)];
    if (task > begun) {
      state.phase = ShardState::Phase::waiting;
    } else if (task == begun && last != nullptr && last->state == Attempt::State::running) {
      state.phase = ShardState::Phase::running;
    } else {
      lose(state);
    }
  }

  void lose(ShardState& state) const {
    state.phase = ShardState::Phase::lost;
    const Attempt* const last = last_[static_cast<std::size_t>(state.shard)];
    if (last == nullptr) {
      if (state.state.empty()) state.state = kGone;
      return;
    }
    state.visit = last->visit;
    if (!last->reason.empty()) state.reason = last->reason;
    if (!state.state.empty()) return;
    state.state = last->state == Attempt::State::failed    ? "FAILED"
                  : last->state == Attempt::State::stopped ? "STOPPED"
                                                           : kGone;
  }

  const Queue& queue_;
  Answers answers_;
  std::vector<ShardState> states_;
  std::vector<const IntendedJob*> jobs_;
  std::vector<const Attempt*> last_;
  std::vector<const EndedShard*> ended_;
  std::map<std::string, int> begun_;  // by tag: the furthest task that has begun
};

}  // namespace

std::vector<ShardState> shard_states(const Intents& intents, std::span<const Attempt> attempts,
                                     const Queue& queue) {
  return States(intents, attempts, queue).decide();
}

Queue ask_schedulers(const Intents& intents) {
  std::map<std::string, std::vector<std::string>> tags;  // by scheduler
  for (const IntendedJob& job : intents.jobs) {
    if (job.tasks == 0 || job.fate == IntendedJob::Fate::refused) continue;
    const auto submission = static_cast<std::size_t>(job.submission);
    tags[intents.submissions[submission].scheduler].push_back(job.tag);
  }
  Queue all{.answered = true, .why_not = "", .tasks = {}};
  for (const auto& [name, of] : tags) {
    Queue queue = scheduler::named(name).query(of);
    all.answered = all.answered && queue.answered;
    if (!queue.answered) all.why_not = name + " does not answer: " + queue.why_not;
    all.tasks.insert(all.tasks.end(), std::make_move_iterator(queue.tasks.begin()),
                     std::make_move_iterator(queue.tasks.end()));
  }
  return all;
}

void name_causes(const Intents& intents, std::vector<ShardState>& states) {
  std::map<std::string, std::vector<std::string>> jobs;  // by scheduler
  for (const ShardState& state : states) {
    if (state.phase != ShardState::Phase::lost || state.state != kGone) continue;
    const IntendedJob* const job = intents.job_of(state.shard);
    auto& of = jobs[intents.submissions[static_cast<std::size_t>(job->submission)].scheduler];
    if (std::ranges::find(of, job->job) == of.end()) of.push_back(job->job);
  }
  for (const auto& [name, of] : jobs) {
    const std::vector<QueuedTask> accounted = scheduler::named(name).accounted(of);
    for (const QueuedTask& task : accounted) {
      const auto job = std::ranges::find(intents.jobs, task.tag, &IntendedJob::tag);
      if (job == intents.jobs.end() || task.task >= job->tasks) continue;
      ShardState& state = states[static_cast<std::size_t>(job->first + task.task)];
      if (state.phase != ShardState::Phase::lost) continue;
      state.state = task.state;
      if (!task.node.empty()) state.node = task.node;
    }
  }
}

}  // namespace ergon
