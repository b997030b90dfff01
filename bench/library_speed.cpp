// Our kernels against the libraries that are installed, in one run: `ergon_library_speed` measures
// the contests of a sweep and prints Markdown; with --output it keeps that and every sample.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/contest_block.h"
#include "bench/contest_file.h"
#include "bench/contest_report.h"
#include "bench/random_shapes.h"
#include "harness/record/file.h"
#include "harness/record/provenance.h"
#include "harness/run/part_run.h"
#include "kernels/cpu/team.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Options {
  std::string sweep = ERGON_LIBRARY_SPEED_SWEEP;
  std::string filter, output;
  int blocks = 5, random = 0;
  std::uint64_t seed = 1;
  BlockProtocol block;
};

bool on_gpu(const Contest& contest) {
  return contest.condition().kernel->device == DeviceKind::cuda;
}

// Where contests are measured. Without a GPU its contenders have a reason not to take part.
struct Devices {
  std::unique_ptr<Device> cpu = open_cpu();
  std::unique_ptr<Device> gpu = {};

  explicit Devices(const std::vector<Contest>& contests) {
    std::string why_not;
    if (std::ranges::any_of(contests, on_gpu)) gpu = open_device(DeviceKind::cuda, why_not);
  }
  [[nodiscard]] Device& of(const Contest& contest) const {
    return on_gpu(contest) && gpu != nullptr ? *gpu : *cpu;
  }
  // The GPU, where there are contests of it.
  [[nodiscard]] const Device& main() const { return gpu != nullptr ? *gpu : *cpu; }
};

std::string load_of_machine() {
  std::ifstream file("/proc/loadavg");
  std::string line;
  std::getline(file, line);
  return line.empty() ? "not known" : line;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

// Points whose contest's name holds the filter.
std::vector<Point> chosen_points(const Sweep& sweep, const Options& options) {
  std::vector<Point> points;
  for (Point& point : listed_points(sweep)) {
    if (contest_name(point).find(options.filter) != std::string::npos) {
      points.push_back(std::move(point));
    }
  }
  if (points.empty()) {
    throw Error(fmt::format("{}: no contest's name holds '{}'", options.sweep, options.filter));
  }
  return options.random > 0 ? random_points(points, options.random, options.seed) : points;
}

void measure(Comparison& comparison, const Options& options, const Devices& devices) {
  Random random(options.seed);
  const bool on_terminal = isatty(STDERR_FILENO) != 0;
  for (int block = 0; block < comparison.blocks; ++block) {
    std::size_t done = 0;
    for (Contest& contest : comparison.contests) {
      measure_block(contest, block, options.block, devices.of(contest), steady_clock(), random);
      ++done;
      if (on_terminal || done == comparison.contests.size()) {
        fmt::print(stderr, "{}block {} of {}: {} of {} contests{}", on_terminal ? "\r" : "",
                   block + 1, comparison.blocks, done, comparison.contests.size(),
                   on_terminal && done < comparison.contests.size() ? "" : "\n");
      }
    }
  }
}

// Without the facts about the host: a comparison is made to be shown, and its name, its boot
// parameters and its groups of processes change no ratio.
std::string shown_provenance(const Device& device, const std::string& command_line) {
  nlohmann::json facts = nlohmann::json::parse(provenance_json(device, command_line));
  facts.erase("host");
  return facts.dump();
}

int run(const Options& options, const std::string& command_line) {
  const Sweep sweep = read_sweep(options.sweep);
  Comparison comparison;
  comparison.contests = make_contests(chosen_points(sweep, options));
  const Devices devices(comparison.contests);
  comparison.blocks = options.blocks;
  comparison.random = options.random > 0;
  comparison.command_line = command_line;
  comparison.sweep_text = sweep.text;
  comparison.started_utc = utc_now();
  comparison.device = devices.main().name();
  comparison.build = build_description();
  // Before the team pins this thread, which is not where the process may run.
  comparison.provenance = shown_provenance(devices.main(), command_line);
  comparison.load_before = load_of_machine();
  measure(comparison, options, devices);
  comparison.load_after = load_of_machine();
  const std::string report = report_text(comparison);
  fmt::print("{}", report);
  if (!options.output.empty()) {
    write_contest_file(options.output + ".h5", comparison);
    replace_file(options.output + ".md", std::as_bytes(std::span(report)));
  }
  return wrong_contenders(comparison).empty() ? 0 : 1;
}

std::string joined(int argc, char** argv) {
  std::string text;
  for (int i = 0; i < argc; ++i) text += (i == 0 ? "" : " ") + std::string(argv[i]);
  return text;
}

}  // namespace
}  // namespace ergon

int main(int argc, char** argv) {
  ergon::Options options;
  CLI::App app{
      "Our kernels against the libraries that are installed, interleaved in blocks. Exit code 1: a "
      "contender computed what is wrong."};
  app.add_option("sweep", options.sweep, "contests: kernels of one problem and condition")
      ->capture_default_str();
  app.add_option("--filter", options.filter, "only contests whose name holds this text");
  app.add_option("--blocks", options.blocks, "passes over all contests")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  app.add_option("--samples", options.block.samples, "of a contender in a block, undisturbed")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--random", options.random,
                 "instead: so many shapes of each primitive (bench/random_shapes.h)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", options.seed, "of the orders and the shapes")->capture_default_str();
  app.add_option("--output", options.output, "writes OUTPUT.h5 and OUTPUT.md");
  CLI11_PARSE(app, argc, argv);
  try {
    return ergon::run(options, ergon::joined(argc, argv));
  } catch (const std::exception& error) {
    fmt::print(stderr, "ergon_library_speed: {}\n", error.what());
    return 2;
  }
}
