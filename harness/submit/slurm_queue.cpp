#include "harness/submit/slurm_queue.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace ergon {
namespace {

// Nothing that a scheduler says makes more tasks than this of one line.
constexpr int kTasksMax = 10'000'000;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Also of joules, of which an int holds 2 GJ.
std::optional<int> integer(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && value >= 0;
  return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

std::vector<int> slurm_tasks(std::string_view expression) {
  expression = expression.substr(0, expression.find('%'));
  if (expression.starts_with('[')) expression.remove_prefix(1);
  if (expression.ends_with(']')) expression.remove_suffix(1);
  if (expression == "N/A") return {0};
  std::vector<int> tasks;
  for (const std::string_view part : split(expression, ',')) {
    const std::size_t dash = part.find('-');
    const std::size_t colon = part.find(':');
    const auto first = integer(part.substr(0, std::min(dash, colon)));
    const auto last =
        dash == std::string_view::npos ? first : integer(part.substr(dash + 1, colon - dash - 1));
    const auto step = colon == std::string_view::npos ? 1 : integer(part.substr(colon + 1));
    if (!first || !last || !step || *step == 0 || *last - *first > kTasksMax) continue;
    for (int task = *first; task <= *last; task += *step) tasks.push_back(task);
  }
  return tasks;
}

QueuedTask::Phase slurm_phase(std::string_view state) {
  constexpr std::array<std::string_view, 6> kWaiting = {
      "PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD", "SPECIAL_EXIT"};
  constexpr std::array<std::string_view, 12> kEnded = {
      "BOOT_FAIL", "CANCELLED",     "COMPLETED", "DEADLINE", "FAILED",  "LAUNCH_FAILED",
      "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",  "TIMEOUT", "RECONFIG_FAIL"};
  // "CANCELLED by 1000" is sacct's.
  const std::string_view word = state.substr(0, state.find(' '));
  if (std::ranges::find(kWaiting, word) != kWaiting.end()) return QueuedTask::Phase::waiting;
  if (std::ranges::find(kEnded, word) != kEnded.end()) return QueuedTask::Phase::ended;
  return QueuedTask::Phase::running;
}

std::vector<QueuedTask> slurm_queue(std::string_view text) {
  std::vector<QueuedTask> tasks;
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> fields = split(line, '|');
    if (fields.size() < 6) continue;
    QueuedTask task;
    task.job = fields[0];
    task.state = fields[2];
    task.phase = slurm_phase(task.state);
    task.node = fields[3];
    task.tag = fields[4];
    task.reason = fields[5];
    for (const int index : slurm_tasks(fields[1])) {
      task.task = index;
      tasks.push_back(task);
    }
  }
  return tasks;
}

std::vector<QueuedTask> slurm_accounting(std::string_view text) {
  std::vector<QueuedTask> tasks;
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> fields = split(line, '|');
    const std::size_t under = fields[0].find('_');
    if (fields.size() < 4 || under == std::string_view::npos) continue;
    QueuedTask task;
    task.job = fields[0].substr(0, under);
    task.state = fields[1].substr(0, fields[1].find(' '));
    task.phase = slurm_phase(task.state);
    task.node = fields[2] == "None assigned" ? "" : fields[2];
    task.tag = fields[3];
    for (const int index : slurm_tasks(fields[0].substr(under + 1))) {
      task.task = index;
      tasks.push_back(task);
    }
  }
  return tasks;
}

std::vector<TaskEnergy> slurm_energies(std::string_view text) {
  std::vector<TaskEnergy> energies;
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> fields = split(line, '|');
    const std::size_t dot = fields[0].rfind('.');
    if (fields.size() < 2 || dot == std::string_view::npos) continue;
    const auto joules = integer(fields[1]);
    if (!integer(fields[0].substr(dot + 1)) || !joules || *joules == 0) continue;
    const std::string_view id = fields[0].substr(0, dot);
    if (energies.empty() || energies.back().id != id) energies.push_back({std::string(id), {}});
    energies.back().energy += Joules{static_cast<double>(*joules)};
  }
  return energies;
}

std::optional<Seconds> slurm_time(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
  double days = 0;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    const auto found = integer(text.substr(0, dash));
    if (!found) return std::nullopt;
    days = *found;
    text.remove_prefix(dash + 1);
  }
  double seconds = 0;
  for (const std::string_view part : split(text, ':')) {
    const auto found = integer(part);
    if (!found) return std::nullopt;
    seconds = 60 * seconds + *found;
  }
  return Seconds{days * 86400 + seconds};
}

}  // namespace ergon
