#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>

#include "harness/clock.h"
#include "harness/config/plan.h"
#include "harness/record/journal.h"
#include "harness/record/results.h"
#include "kernels/error.h"

// ergon_kill_resume ERGON KILLS [SEED]: runs a small sweep with the program ERGON, kills it with
// SIGKILL at random instants and resumes it, until it was killed KILLS times. Each time a sweep
// ends its file must hold every point from exactly one run, sentinels apart, and no journal may be
// left.
namespace ergon {
namespace {

namespace fs = std::filesystem;

// Points that measure, and one that is refused; a millisecond each, so that kills fall on the
// start, the idle stretches, the points and the end alike.
constexpr char kSweep[] = R"(name: kill_resume
protocol:
  preset: quick
  half_width_max: 1
  window_min_s: 0.001
  window_updates_min: 1
  windows_min: 2
  windows_max: 2
  settle_max_s: 0
  idle_s: 0.001
  block_max_s: 0.02
  time_samples_min: 2
  time_max_s: 0.001
  point_max_s: 1
meters: [{simulated: {update_period_s: 0}}]
groups:
  - kernels: gemm/reference
    axes: {m: [1, 2, 3, 4, 5, 6, 7, 8], n: 8, k: 8}
  - kernels: gemm/reference
    axes: {m: 8, n: 8, k: 8}
    weights: packed
)";

class Killer {
 public:
  Killer(fs::path ergon, fs::path folder, std::uint64_t seed)
      : ergon_(std::move(ergon)),
        sweep_file_(folder / "sweep.yaml"),
        output_(folder / "out.h5"),
        random_(seed) {
    std::ofstream(sweep_file_) << kSweep;
  }

  // Runs sweeps to their end, one after another, until `kills` runs were killed.
  void run(int kills) {
    run_once(false);  // says how long a run takes
    verify();
    int killed = 0, sweeps = 1;
    while (killed < kills) {
      fs::remove(output_);
      while (!run_once(killed < kills)) ++killed;
      verify();
      ++sweeps;
    }
    std::printf("killed %d times, %d sweeps ended with every point exactly once\n", killed, sweeps);
  }

 private:
  // True where the run ended by itself; false where it was killed first.
  bool run_once(bool kill_it) {
    const std::int64_t begin_ns = steady_clock().now_ns();
    const pid_t child = start();
    if (kill_it) {
      std::uniform_int_distribution<std::int64_t> delay(0, run_ns_);
      steady_clock().wait_until(begin_ns + delay(random_));
      kill(child, SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      throw Error("ergon run ended with status " + std::to_string(status));
    }
    run_ns_ = std::max(run_ns_, steady_clock().now_ns() - begin_ns);
    return true;
  }

  pid_t start() const {
    const pid_t child = fork();
    if (child != 0) return child;
    const int quiet = open("/dev/null", O_WRONLY);
    dup2(quiet, STDOUT_FILENO);
    execl(ergon_.c_str(), "ergon", "run", sweep_file_.c_str(), "-o", output_.c_str(), "--resume",
          "--quiet", nullptr);
    _exit(127);
  }

  void verify() const {
    if (fs::exists(journal_path(output_))) throw Error("a journal is left behind");
    std::map<std::string, std::set<int>> runs;
    for (const Point& point : make_plan(read_sweep(sweep_file_)).points) runs[point_id(point)];
    std::set<std::tuple<std::string, int, int>> visits;
    for (const Record& record : read_results(output_).records) {
      const std::string id = point_id(record.point);
      if (!visits.emplace(id, record.run, record.repetition).second) {
        throw Error("a visit of point " + id + " stands twice");
      }
      // A block whose idle power drifted is measured again by the same run.
      if (!record.sentinel) runs[id].insert(record.run);
    }
    for (const auto& [id, of] : runs) {
      if (of.size() != 1) {
        throw Error("point " + id + " was measured by " + std::to_string(of.size()) + " runs");
      }
    }
  }

  fs::path ergon_, sweep_file_, output_;
  std::mt19937_64 random_;
  std::int64_t run_ns_ = 0;  // the longest run so far, and so the latest kill
};

int kill_and_resume(int count, char** arguments) {
  if (count < 3) throw Error("usage: ergon_kill_resume ERGON KILLS [SEED]");
  const std::uint64_t seed =
      count > 3 ? std::strtoull(arguments[3], nullptr, 10) : std::random_device()();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  const fs::path folder = fs::temp_directory_path() / ("ergon_kill_" + std::to_string(getpid()));
  fs::create_directories(folder);
  Killer(arguments[1], folder, seed).run(std::atoi(arguments[2]));
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace ergon

int main(int count, char** arguments) {
  try {
    return ergon::kill_and_resume(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ergon_kill_resume: %s\n", error.what());
    return 1;
  }
}
