#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "bench/command.h"
#include "bench/duration.h"
#include "harness/clock.h"
#include "harness/submit/shard_run.h"

namespace ergon {
namespace {

// A line a minute: logs of ten thousand shards are kept.
class Log {
 public:
  void show(const Progress& now) {
    const std::int64_t now_ns = steady_clock().now_ns();
    if (now.last->run_status == RunStatus::failed) {
      fmt::print("failed: {}: {}\n", point_key(now.last->point), now.last->reason);
    }
    if (now_ns - shown_ns_ >= 60'000'000'000) {
      fmt::print("{}/{} points, {} left\n", now.done, now.total, duration_text(now.left));
      shown_ns_ = now_ns;
    }
    std::fflush(stdout);
  }

 private:
  std::int64_t shown_ns_ = steady_clock().now_ns();
};

int execute(const ShardTask& task) {
  Log log;
  const ShardOutcome outcome = run_shard(task, [&](const Progress& now) { log.show(now); });
  if (outcome.duplicate) {
    fmt::print("{} belongs to another job; nothing was measured\n", task.tag);
    return 0;
  }
  const Attempt& attempt = outcome.attempt;
  fmt::print("shard {}, attempt {} on {}: {} of {} points done, {} failed: {}{}{}\n", attempt.shard,
             attempt.number, attempt.node, attempt.done, attempt.visits, attempt.failed,
             state_name(attempt.state), attempt.reason.empty() ? "" : ": ", attempt.reason);
  if (outcome.requeued) fmt::print("back in the queue\n");
  return attempt.state == Attempt::State::done && attempt.failed == 0 ? 0 : 1;
}

void add(CLI::App& app, int& exit_code) {
  const auto task = std::make_shared<ShardTask>();
  app.add_option("campaign", task->campaign, "the folder of the campaign")->required();
  app.add_option("--tag", task->tag, "of the job")->required();
  app.add_option("--first", task->first, "shard of its task 0")->required();
  app.add_option("--task", task->task, "the task, from 0")->required();
  app.callback([task, &exit_code] { exit_code = execute(*task); });
}

}  // namespace

namespace command {

extern const Command shard{
    .name = "shard",
    .description = "measure a shard of a campaign; what the jobs of `ergon submit` run",
    .examples =
        "  ergon shard results/a.campaign --tag ergon-1f3a9c0d2b4e-s0-a0 --first 0 --task 3\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
