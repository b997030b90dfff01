#include "harness/run/task_watch.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace ergon {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The number behind "<key> ... :" at the begin of a line: "nonvoluntary_ctxt_switches:\t12",
// "se.nr_migrations       :    3"; NaN where there is no such line.
double number_of(const SysfsFile& file, std::string_view key) noexcept {
  std::array<char, 8192> room;  // both files hold some 2 KiB
  std::string_view text;
  if (file.read_text(room, text) != 0) return kNaN;
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    const std::size_t begin = text.find_first_not_of(" :\t", at + key.size());
    if (begin == std::string_view::npos) return kNaN;
    double number = kNaN;
    std::from_chars(text.data() + begin, text.data() + text.size(), number);
    return number;
  }
  return kNaN;
}

}  // namespace

void TaskWatch::follow(std::span<const int> threads) {
  tasks_.clear();
  for (const int thread : threads) {
    const std::filesystem::path task = proc_ / "self/task" / std::to_string(thread);
    tasks_.push_back({SysfsFile(task / "status"), SysfsFile(task / "sched")});
  }
  last_ = read();
  reason_.clear();
  if (std::isnan(last_.preemptions)) {
    reason_ = "/proc/self/task/<thread>/status tells no involuntary context switches";
  }
  if (std::isnan(last_.migrations)) {
    reason_ += std::string(reason_.empty() ? "" : "; ") +
               "/proc/self/task/<thread>/sched tells no migrations: the kernel is built without "
               "CONFIG_SCHED_DEBUG, or a container hides it";
  }
}

TaskCounts TaskWatch::read() const noexcept {
  TaskCounts sum{0, 0};
  for (const Task& task : tasks_) {
    sum.preemptions += number_of(task.status, "nonvoluntary_ctxt_switches");
    sum.migrations += number_of(task.sched, "se.nr_migrations");
  }
  return sum;
}

TaskCounts TaskWatch::take() noexcept {
  const TaskCounts now = read();
  const TaskCounts step{now.preemptions - last_.preemptions, now.migrations - last_.migrations};
  last_ = now;
  return step;
}

}  // namespace ergon
