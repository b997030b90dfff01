// What large sizes cost: reading and fitting a million records, planning a million points, asking a
// table. Printed, not judged by a test: times are of the machine it runs on.

#include <sys/resource.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "analysis/fit_table.h"
#include "analysis/predict.h"
#include "bench/made_machine.h"
#include "harness/config/plan.h"

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

// Of the process so far, in MB.
double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void print_line(std::string_view what, double seconds, const std::string& rest) {
  fmt::print("{:<44} {:>8.2f} s   {}\n", what, seconds, rest);
}

void make_file(const std::filesystem::path& file, int records) {
  const MadeMachine machine(1);
  Random random(1);
  std::vector<Problem> problems;
  for (int i = 0; i < records; ++i) problems.push_back(draw_inside(ShapeBox{}, random));
  write_results(file, simulate_records(machine, problems, random));
}

void time_reading_and_fitting(const std::filesystem::path& file) {
  const Watch reading;
  const Results results = read_results(file);
  print_line(fmt::format("read {} records", results.records.size()), reading.seconds(),
             fmt::format("peak {:.0f} MB; goal 5 s", peak_mb()));
  const Watch fitting;
  const EnergyTable table = fit_table(make_samples({&results, 1}, EnergyKind::gross));
  print_line(fmt::format("fit {} records", results.records.size()), fitting.seconds(),
             fmt::format("peak {:.0f} MB; goals 10 s, 2000 MB", peak_mb()));
  fmt::print("  chosen: {}, error {:.2f} %\n", table.rows.at(0).energy.form->name,
             100 * table.rows.at(0).energy.error_fit);
}

void time_predictions() {
  const MadeMachine machine(1);
  Random random(2);
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
             fmt::format("{:.2f} million a second; goal 1; {} terms, {} bumps",
                         1e-6 * kAsked / seconds, table.rows[0].energy.coefficients.size(),
                         table.rows[0].energy.correction.weights.size()));
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
  bool make = false;
  app.add_option("--records", records, "in the made result file")->capture_default_str();
  app.add_option("--folder", folder, "where the made file goes; deleted afterwards")
      ->capture_default_str();
  app.add_flag("--make", make, "only make the file: its memory is not that of the fit");
  CLI11_PARSE(app, argc, argv);
  const std::filesystem::path file = std::filesystem::path(folder) / "ergon_table_speed.h5";
  try {
    if (make) {
      ergon::make_file(file, records);
      return 0;
    }
    ergon::time_predictions();
    if (!std::filesystem::exists(file)) {
      fmt::print("no {}: make it with --make first\n", file.string());
      return 2;
    }
    ergon::time_reading_and_fitting(file);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ergon_table_speed: {}\n", error.what());
    return 2;
  }
}
