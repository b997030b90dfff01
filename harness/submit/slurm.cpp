#include <cstdlib>

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "harness/submit/command_output.h"
#include "harness/submit/scheduler.h"
#include "harness/submit/slurm_queue.h"
#include "harness/submit/slurm_script.h"

namespace ergon {
namespace {

using Words = std::vector<std::string>;

// The words of Slurm's own tools come in several lines; one is enough in a message.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace(text, '\n', ';');
  return text;
}

std::string complaint(const CommandOutput& output, std::string_view program) {
  if (output.exit_code == 0) return "";
  if (output.exit_code == 127 && output.error.empty()) {
    return fmt::format("{} is not to be found on PATH; load Slurm's module", program);
  }
  const std::string said = one_line(output.error.empty() ? output.out : output.error);
  return said.empty() ? fmt::format("{} ended with {}", program, output.exit_code) : said;
}

// One query, again after a while where the controller is busy or away.
CommandOutput ask(const Words& words) {
  constexpr int kAttempts = 4;
  auto pause = std::chrono::milliseconds(250);
  CommandOutput output = run_command(words);
  for (int i = 1; i < kAttempts && output.exit_code != 0 && output.exit_code != 127; ++i) {
    std::this_thread::sleep_for(pause);
    pause *= 2;
    output = run_command(words);
  }
  return output;
}

std::string test_script(const std::filesystem::path& script) {
  const CommandOutput output = run_command(Words{"sbatch", "--test-only", script.string()});
  const std::string why = complaint(output, "sbatch");
  return why.empty() ? one_line(output.error + output.out) : "refused: " + why;
}

// Some refusals of sbatch say plainly that nothing was taken; all else may have been.
Submitted submit(const Job&, const std::filesystem::path& script, int lock) {
  const CommandOutput output = run_command(Words{"sbatch", "--parsable", script.string()}, lock);
  if (output.exit_code == 0) {
    const std::string job = output.out.substr(0, output.out.find_first_of(";\n"));
    const bool number =
        !job.empty() && std::ranges::all_of(job, [](char c) { return c >= '0' && c <= '9'; });
    if (number) return {Submitted::Outcome::accepted, job, ""};
    return {Submitted::Outcome::unknown, "", "sbatch said '" + one_line(output.out) + "'"};
  }
  const bool refused = output.exit_code == 127 ||
                       (output.exit_code < 128 &&
                        output.error.find("Batch job submission failed: ") != std::string::npos &&
                        output.error.find("imed out") == std::string::npos &&
                        output.error.find("connect") == std::string::npos);
  return {refused ? Submitted::Outcome::refused : Submitted::Outcome::unknown, "",
          complaint(output, "sbatch")};
}

Queue query(std::span<const std::string> tags) {
  Queue queue;
  if (tags.empty()) {
    queue.answered = true;
    return queue;
  }
  setenv("SLURM_BITSTR_LEN", "0", 1);  // else squeue cuts the list of an array's tasks
  const CommandOutput output = ask(Words{"squeue", "--noheader", "--states=all",
                                         fmt::format("--name={}", fmt::join(tags, ",")), "--format",
                                         std::string(kSqueueFormat)});
  queue.why_not = complaint(output, "squeue");
  queue.answered = output.exit_code == 0;
  if (queue.answered) queue.tasks = slurm_queue(output.out);
  return queue;
}

std::vector<QueuedTask> accounted(std::span<const std::string> jobs) {
  if (jobs.empty()) return {};
  const CommandOutput output = run_command(
      Words{"sacct", "--noheader", "--parsable2", "--allocations",
            fmt::format("--jobs={}", fmt::join(jobs, ",")), "--format", std::string(kSacctFormat)});
  return output.exit_code == 0 ? slurm_accounting(output.out) : std::vector<QueuedTask>{};
}

std::vector<TaskEnergy> energies(std::span<const std::string> jobs) {
  if (jobs.empty()) return {};
  const CommandOutput output = run_command(Words{"sacct", "--noheader", "--parsable2",
                                                 fmt::format("--jobs={}", fmt::join(jobs, ",")),
                                                 "--format", std::string(kEnergyFormat)});
  return output.exit_code == 0 ? slurm_energies(output.out) : std::vector<TaskEnergy>{};
}

std::string each_job(std::span<const std::string> jobs, const Words& command) {
  std::string complaints;
  for (const std::string& job : jobs) {
    Words words = command;
    words.back() += job;
    const std::string why = complaint(run_command(words), words[0]);
    if (!why.empty()) complaints += (complaints.empty() ? "" : "; ") + why;
  }
  return complaints;
}

std::string cancel(std::span<const std::string> jobs) { return each_job(jobs, {"scancel", ""}); }

std::string hold(std::span<const std::string> jobs, bool release) {
  return each_job(jobs, {"scontrol", release ? "release" : "hold", ""});
}

std::string throttle(std::span<const std::string> jobs, int at_once) {
  return each_job(jobs,
                  {"scontrol", "update", fmt::format("ArrayTaskThrottle={}", at_once), "JobId="});
}

int array_max() {
  const CommandOutput output = ask(Words{"scontrol", "show", "config"});
  const std::size_t name = output.out.find("MaxArraySize");
  if (name == std::string::npos) return 1001;  // Slurm's default
  const std::size_t number = output.out.find_first_of("0123456789", name);
  return number == std::string::npos ? 1001 : std::atoi(output.out.c_str() + number);
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Slurm is asked once, at the start of a task: its clock counts from when the task began.
Allocation allocation() {
  Allocation own;
  own.job = variable("SLURM_ARRAY_JOB_ID");
  own.id = own.job + "_" + variable("SLURM_ARRAY_TASK_ID");
  own.restart = std::atoi(variable("SLURM_RESTART_COUNT").c_str());
  const CommandOutput output =
      ask(Words{"squeue", "--noheader", "--job", own.id, "--format", "%L|%h"});
  if (output.exit_code != 0) return own;
  const std::size_t bar = output.out.find('|');
  own.left = slurm_time(output.out.substr(0, bar));
  // "NO" of OverSubscribe is a node of one's own; "OK" is one that others may share.
  if (bar != std::string::npos) own.exclusive = one_line(output.out.substr(bar + 1)) == "NO";
  return own;
}

bool requeue(const Allocation& own) {
  return run_command(Words{"scontrol", "requeue", own.id}).exit_code == 0;
}

}  // namespace

namespace scheduler {

extern const SchedulerType submit_slurm{.name = "slurm",
                                        .description = "arrays of jobs of Slurm",
                                        .script = slurm_script,
                                        .test = test_script,
                                        .submit = submit,
                                        .query = query,
                                        .accounted = accounted,
                                        .energies = energies,
                                        .cancel = cancel,
                                        .hold = hold,
                                        .throttle = throttle,
                                        .array_max = array_max,
                                        .allocation = allocation,
                                        .requeue = requeue};

}  // namespace scheduler

}  // namespace ergon
