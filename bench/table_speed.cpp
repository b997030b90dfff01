// What large sizes cost: reading and fitting a million records, planning a million points, asking a
// table. Printed, not judged by a test: times are of the machine it runs on.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>

#include <fmt/format.h>

#include "analysis/fit_table.h"
#include "analysis/predict.h"
#include "bench/made_machine.h"
#include "harness/config/plan.h"
#include "kernels/error.h"

namespace ergon {
namespace {

class Watch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

void print_line(std::string_view what, double seconds, const std::string& rest) {
  fmt::print("{:<44} {:>8.2f} s   {}\n", what, seconds, rest);
}

// Runs a part in a process of its own, so that its peak memory is its own, and prints that.
void run_part(std::string_view goal, const std::function<void()>& part) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    try {
      part();
    } catch (const std::exception& error) {
      fmt::print(stderr, "ergon_table_speed: {}\n", error.what());
      std::_Exit(2);
    }
    std::fflush(stdout);
    std::_Exit(0);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
    throw Error("a part of it failed");
  }
  fmt::print("{:<44} {:>8.0f} MB  {}\n", "  its peak memory",
             static_cast<double>(usage.ru_maxrss) / 1024, goal);
}

void make_file(const std::filesystem::path& file, int records) {
  const MadeMachine machine(1);
  SplitMix random(1);
  std::vector<Problem> problems;
  for (int i = 0; i < records; ++i) problems.push_back(draw_inside(ShapeBox{}, random));
  write_results(file, simulate_records(machine, problems, random));
}

void time_reading_and_fitting(const std::filesystem::path& file) {
  const Watch reading;
  const Results results = read_results(file);
  print_line(fmt::format("read {} records", results.records.size()), reading.seconds(), "goal 5 s");
  const Watch fitting;
  const EnergyTable table = fit_table(make_samples({&results, 1}, EnergyKind::gross));
  print_line(fmt::format("fit {} records", results.records.size()), fitting.seconds(), "goal 10 s");
  fmt::print("  chosen: {}, error {:.2f} %\n", table.rows.at(0).energy.form->name,
             100 * table.rows.at(0).energy.error_fit);
}

// 100 x 100 x 100 shapes of one kernel.
void time_planning() {
  std::string axis;
  for (int i = 1; i <= 100; ++i) axis += fmt::format("{}{}", i == 1 ? "" : ", ", 16 * i);
  const std::string text = fmt::format(
      "name: speed\nmeters: [estimate]\ngroups:\n  - kernels: gemm/reference\n"
      "    axes: {{m: [{0}], n: [{0}], k: [{0}]}}\n",
      axis);
  const Watch planning;
  const Plan plan = make_plan(parse_sweep(text, "speed.yaml"));
  print_line(fmt::format("plan {} points", plan.points.size()), planning.seconds(), "goal 2 s");
}

void time_predictions() {
  const MadeMachine machine(1);
  SplitMix random(2);
  std::vector<Problem> problems;
  for (int i = 0; i < 300; ++i) problems.push_back(draw_inside(ShapeBox{}, random));
  const Results results = simulate_records(machine, problems, random);
  const EnergyTable table = fit_table(make_samples({&results, 1}, EnergyKind::gross));
  const Predictor predictor(table.rows.at(0));
  constexpr int kAsked = 1'000'000;
  double joules = 0;
  const Watch scalar;
  for (int i = 0; i < kAsked; ++i) {
    joules += predictor(problems[static_cast<std::size_t>(i) % problems.size()]).energy.value;
  }
  const double seconds = scalar.seconds();
  print_line(fmt::format("{} predictions, one at a time", kAsked), seconds,
             fmt::format("{:.2f} million a second; goal 1; {} terms, {} bumps of time",
                         1e-6 * kAsked / seconds, table.rows[0].energy.coefficients.size(),
                         table.rows[0].time.correction.weights.size()));
  std::vector<Prediction> out(problems.size());
  const Watch batched;
  for (int done = 0; done < kAsked; done += static_cast<int>(problems.size())) {
    predictor.predict(problems, out);
    joules += out.front().energy.value;
  }
  const double batch_seconds = batched.seconds();
  print_line(fmt::format("{} predictions, {} at a time", kAsked, problems.size()), batch_seconds,
             fmt::format("{:.2f} million a second; goal 5 (sum {:.3g} J)",
                         1e-6 * kAsked / batch_seconds, joules));
}

}  // namespace
}  // namespace ergon

int main(int argc, char** argv) {
  CLI::App app{"what large sizes cost"};
  int records = 1'000'000;
  std::string folder = std::filesystem::temp_directory_path().string();
  app.add_option("--records", records, "in the made result file")->capture_default_str();
  app.add_option("--folder", folder, "where the made file goes; deleted afterwards")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const std::filesystem::path file = std::filesystem::path(folder) / "ergon_table_speed.h5";
  int code = 0;
  try {
    ergon::run_part("", ergon::time_predictions);
    ergon::run_part("goal 500 MB", ergon::time_planning);
    ergon::run_part("of making the file", [&] { ergon::make_file(file, records); });
    ergon::run_part("goal 2000 MB", [&] { ergon::time_reading_and_fitting(file); });
  } catch (const std::exception& error) {
    fmt::print(stderr, "ergon_table_speed: {}\n", error.what());
    code = 2;
  }
  std::error_code gone;
  std::filesystem::remove(file, gone);
  return code;
}
