#include "analysis/compare/compare.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analysis/compare/compare_report.h"
#include "analysis/compare/fail_condition.h"
#include "analysis/compare/table_side.h"
#include "analysis/table_file.h"
#include "bench/command.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Options {
  std::vector<std::string> files, fail_on;
  std::string output, format = "text", energy = "gross";
  double gain_percent = 5, run_to_run_percent = 0.5;
  CompareOptions compare;
  bool all = false;
};

// One file, or several with commas between: runs of one side.
Results read_side(const std::string& names) {
  Results results;
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t end = std::min(names.find(',', begin), names.size());
    results = merge(std::move(results), read_results(names.substr(begin, end - begin)));
    begin = end + 1;
  }
  return results;
}

// A table is JSON, which begins with a brace; a result file, HDF5, never does.
bool is_table(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  char first = 0;
  return stream.get(first) && first == '{';
}

std::vector<SideData> read_table_sides(const Options& options) {
  std::vector<EnergyTable> tables;
  for (const std::string& file : options.files) tables.push_back(read_table(file));
  return sides_of_tables(tables, options.files, options.gain_percent / 100);
}

std::vector<SideData> read_sides(const Options& options) {
  const auto tables = std::ranges::count_if(options.files, is_table);
  if (tables == std::ssize(options.files)) return read_table_sides(options);
  if (tables > 0) {
    throw Error(
        "compare: result files and energy tables are not held against each other; fit a "
        "table to the result files first");
  }
  const EnergyKind kind = options.energy == "net" ? EnergyKind::net : EnergyKind::gross;
  std::vector<SideData> sides;
  for (const std::string& names : options.files) {
    sides.push_back(side_of_results(read_side(names), names, kind, options.gain_percent / 100));
  }
  return sides;
}

std::string rendered(const CompareReport& report, const std::string& format) {
  if (format == "json") return compare_json(report);
  if (format == "csv") return compare_csv(report);
  return format == "markdown" ? compare_markdown(report) : compare_text(report);
}

void put(const std::string& text, const std::string& output) {
  if (output.empty()) {
    fmt::print("{}", text);
    return;
  }
  std::ofstream stream(output, std::ios::binary | std::ios::trunc);
  if (!(stream << text) || !stream.flush()) {
    throw Error(output + ": cannot be written; is its folder there, and the disk not full?");
  }
}

void execute(const Options& options, int& exit_code) {
  std::vector<FailCondition> conditions;
  for (const std::string& text : options.fail_on) {
    for (FailCondition& condition : parse_fail_conditions(text)) {
      conditions.push_back(std::move(condition));
    }
  }
  const std::vector<SideData> sides = read_sides(options);
  CompareOptions compare = options.compare;
  compare.run_to_run = options.run_to_run_percent / 100;
  const std::vector<PairComparison> pairs = compare_sides(sides, compare);
  put(rendered({.sides = sides, .pairs = pairs, .every_shape = options.all}, options.format),
      options.output);
  if (conditions.empty()) return;
  // Beside the output, which may be JSON or CSV.
  const std::vector<std::string> lines = regressions(pairs, conditions);
  for (const std::string& line : lines) fmt::print(stderr, "regression: {}\n", line);
  if (!lines.empty()) exit_code = 1;
}

void add(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  app.add_option("files", options->files,
                 "two sides or more: result files (HDF5), one or several with commas between, or "
                 "energy tables (JSON); "
                 "ratios are the later side over the earlier")
      ->required()
      ->expected(2, 100);
  app.add_option("--format", options->format)
      ->check(CLI::IsMember({"text", "markdown", "csv", "json"}))
      ->capture_default_str();
  app.add_option("-o,--output", options->output, "a file; standard output where left out");
  app.add_option("--fail-on", options->fail_on,
                 "exit 1 on a regression beyond a bound that is told from chance: 'energy > 3%'");
  app.add_option("--energy", options->energy, "of result files: with the idle share or without")
      ->check(CLI::IsMember({"gross", "net"}))
      ->capture_default_str();
  app.add_option("--kernel", options->compare.pairing.kernels, "only these: a glob")
      ->capture_default_str();
  app.add_option("--across", options->compare.pairing.across,
                 "what may differ between the sides: kernel, threads")
      ->delimiter(',');
  app.add_option("--run-to-run", options->run_to_run_percent,
                 "percent of energy (k = 1) that runs of one build differ by, where the files do "
                 "not tell")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--gain", options->gain_percent,
                 "percent (k = 1) that the gain of a sensor is uncertain by, where its file states "
                 "none")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_flag("--one-device", options->compare.one_device,
               "both sides are of one device and one sensor, whatever the files say");
  app.add_flag("--all", options->all, "show every shape");
  app.callback([options, &exit_code] { execute(*options, exit_code); });
}

}  // namespace

namespace command {

extern const Command compare{
    .name = "compare",
    .description = "compare builds and devices: ratios with intervals, and verdicts",
    .examples =
        "  ergon compare results/before.h5 results/after.h5 --fail-on 'energy > 3%'\n"
        "  ergon compare a100.h5 h100.h5 h200.h5 --across kernel,threads --format markdown\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
