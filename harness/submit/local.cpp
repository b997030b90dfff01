#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "harness/submit/scheduler.h"
#include "harness/submit/script_body.h"
#include "harness/submit/shell_word.h"

// Processes on this machine. A job is a session of its own that outlives the command which began
// it; its tasks run one after the other, so that no two points are measured at a time.
namespace ergon {
namespace {

namespace fs = std::filesystem;

// When a process began, in clock ticks since boot: the 22nd field of /proc/<pid>/stat, proc(5).
// With it a number that was given to another process since is not mistaken.
std::string start_of(std::string_view pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  std::size_t at = line.rfind(')');  // the second field may hold blanks
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = line.find(' ', at + 1);
  if (at == std::string::npos) return "";
  return line.substr(at + 1, line.find(' ', at + 1) - at - 1);
}

// "4711.81523": process and start.
std::string job_of(std::string_view pid) { return fmt::format("{}.{}", pid, start_of(pid)); }

std::string process_of(std::string_view job) { return std::string(job.substr(0, job.find('.'))); }

std::string script(const Job& job, const Site& site) {
  expect_plain_paths(job, site);
  std::string text = "#!/bin/bash\n" + environment_lines(site) +
                     "# The program ends the point that it is at before it heeds a signal, and "
                     "bash waits for it.\n"
                     "stop=\ntrap 'stop=yes' TERM INT HUP\n";
  for (const std::string& before : job.after) {
    text += fmt::format("tail --pid={} -f /dev/null\n", process_of(before));
  }
  if (job.tasks == 0) {
    return text + "[ -z \"$stop\" ] || exit 1\nexec" + program_words(job, site, "") + "\n";
  }
  const std::string log = shell_quoted(log_stem(job) + "-");
  return text + fmt::format(
                    "for ((task = 0; task < {}; task++)); do\n  [ -z \"$stop\" ] || exit 1\n "
                    "{} >>{}\"$task\".log 2>&1\ndone\n",
                    job.tasks, program_words(job, site, "\"$task\""), log);
}

std::string test(const fs::path&) { return ""; }

// In the child, after fork: only what is safe there.
[[noreturn]] void become_session(const char* script, const char* log) {
  setsid();
  const int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  dup2(none, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execl("/bin/bash", "bash", script, nullptr);
  _exit(127);
}

Submitted submit(const Job& job, const fs::path& file, int) {
  const std::string log = log_stem(job) + ".log";
  const pid_t child = fork();
  if (child < 0) return {Submitted::Outcome::refused, "", "no process to be had"};
  if (child == 0) become_session(file.c_str(), log.c_str());
  return {Submitted::Outcome::accepted, job_of(std::to_string(child)), ""};
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The tag of a process that is `bash .../<tag>.sh`; empty for others.
std::string tag_of(std::string_view pid) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  constexpr std::string_view kBash("bash\0", 5);
  if (!line.starts_with(kBash) || !line.ends_with(std::string_view(".sh\0", 4))) return "";
  return fs::path(line.substr(kBash.size(), line.size() - kBash.size() - 1)).stem();
}

Queue query(std::span<const std::string> tags) {
  Queue queue;
  queue.answered = true;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", error)) {
    const std::string pid = entry.path().filename();
    if (!is_number(pid)) continue;
    const std::string tag = tag_of(pid);
    if (std::ranges::find(tags, tag) == tags.end()) continue;
    queue.tasks.push_back({.tag = tag,
                           .job = job_of(pid),
                           .task = QueuedTask::kWholeJob,
                           .phase = QueuedTask::Phase::running,
                           .state = "RUNNING",
                           .reason = "",
                           .node = ""});
  }
  queue.answered = !error;
  if (error) queue.why_not = "/proc: " + error.message();
  return queue;
}

std::vector<QueuedTask> accounted(std::span<const std::string>) { return {}; }

std::vector<TaskEnergy> energies(std::span<const std::string>) { return {}; }

std::string cancel(std::span<const std::string> jobs) {
  for (const std::string& job : jobs) {
    const std::string pid = process_of(job);
    if (!is_number(pid) || job_of(pid) != job) continue;  // it ended
    kill(-std::stoi(pid), SIGTERM);                       // the whole session's group
  }
  return "";
}

std::string hold(std::span<const std::string>, bool) {
  return "the local scheduler has no queue to hold; cancel, and resume later";
}

std::string throttle(std::span<const std::string>, int) {
  return "the local scheduler runs one shard at a time, always";
}

int array_max() { return 0; }

Allocation allocation() {
  Allocation own;
  own.job = job_of(std::to_string(getsid(0)));
  own.id = own.job;
  return own;
}

bool requeue(const Allocation&) { return false; }

}  // namespace

namespace scheduler {

extern const SchedulerType submit_local{.name = "local",
                                        .description = "processes on this machine",
                                        .script = script,
                                        .test = test,
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
