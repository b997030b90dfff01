#include "harness/submit/slurm_script.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "harness/submit/script_body.h"
#include "harness/submit/shell_word.h"

namespace ergon {
namespace {

// Slurm looks at time limits every half minute and more, and was seen to send a signal that long
// before or after it was asked to. The program needs the rest to end its point.
constexpr double kSlack = 90;

class Options {
 public:
  void add(std::string_view name, std::string_view value) {
    if (!value.empty()) lines_ += fmt::format("#SBATCH --{}={}\n", name, value);
  }
  void add(std::string_view name, int value) {
    if (value > 0) lines_ += fmt::format("#SBATCH --{}={}\n", name, value);
  }
  void flag(std::string_view name) { lines_ += fmt::format("#SBATCH --{}\n", name); }
  [[nodiscard]] const std::string& lines() const { return lines_; }

 private:
  std::string lines_;
};

std::string joined_words(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

// Never more than a third of the limit, for Slurm sends at once what is asked for before the start.
int notice_seconds(const Job& job, const Site& site) {
  const double wanted = kSlack + std::ceil(job.notice.value);
  return static_cast<int>(std::min(wanted, site.minutes * 60.0 / 3));
}

void add_array(Options& options, const Job& job, const Site& site) {
  const std::string at_once = site.at_once > 0 ? fmt::format("%{}", site.at_once) : "";
  options.add("array", fmt::format("0-{}{}", job.tasks - 1, at_once));
  options.add("gres", site.gres);
  options.add("constraint", site.constraint);
  options.add("cpus-per-task", site.cpus_per_task);
  options.add("mem", site.memory);
  if (site.exclusive) options.flag("exclusive");
  std::vector<std::string> exclude = site.exclude;
  exclude.insert(exclude.end(), job.exclude.begin(), job.exclude.end());
  options.add("exclude", joined_words(exclude, ","));
  options.add("signal", fmt::format("B:USR1@{}", notice_seconds(job, site)));
  options.add("time", site.minutes);
  options.flag("requeue");
}

// Merging files takes one core for some minutes at most.
void add_collecting(Options& options) {
  options.add("time", 60);
  options.flag("requeue");
}

std::string launch_words(const Job& job, const Site& site) {
  if (job.tasks == 0 || site.launcher.empty()) return "";
  std::string words = shell_quoted_words(site.launcher);
  if (site.launcher[0] != "srun") return words;
  // A step does not inherit the CPUs of its job's tasks; without a number it may use them all.
  words += site.cpus_per_task > 0 ? fmt::format(" --cpus-per-task={}", site.cpus_per_task)
                                  : " --cpu-bind=none";
  return words + " --nodes=1 --ntasks=1";
}

}  // namespace

std::string slurm_script(const Job& job, const Site& site) {
  expect_plain_paths(job, site);
  Options options;
  options.add("job-name", job.tag);
  options.add("partition", site.partition);
  options.add("account", site.account);
  options.add("qos", site.qos);
  options.add("reservation", site.reservation);
  options.add("nodes", 1);
  options.add("ntasks", 1);
  if (job.tasks > 0) {
    add_array(options, job, site);
  } else {
    add_collecting(options);
  }
  // afterany: a shard that failed must not keep the others from being collected.
  if (!job.after.empty()) options.add("dependency", "afterany:" + joined_words(job.after, ":"));
  if (job.held) options.flag("hold");
  options.add("output", log_stem(job) + (job.tasks > 0 ? "-%a.log" : ".log"));
  options.add("open-mode", "append");
  return "#!/bin/bash\n" + options.lines() + environment_lines(site) +
         "# exec: signals go to the program, which ends the point that it is at.\nexec" +
         launch_words(job, site) + program_words(job, site, "\"$SLURM_ARRAY_TASK_ID\"") + "\n";
}

}  // namespace ergon
