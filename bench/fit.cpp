#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analysis/fit_table.h"
#include "analysis/table_file.h"
#include "analysis/table_life.h"
#include "analysis/table_summary.h"
#include "bench/command.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Options {
  std::vector<std::string> results;
  std::string output, energy = "gross";
  std::uint64_t seed = 1;
  int shapes_min = 1;
  bool update = false;
};

void print_samples(const SampleSet& samples, std::size_t files) {
  std::size_t records = 0;
  for (const Sample& sample : samples.samples) {
    records += static_cast<std::size_t>(sample.records);
  }
  fmt::print("{} record{} of {} file{}", records, records == 1 ? "" : "s", files,
             files == 1 ? "" : "s");
  if (records > samples.samples.size()) fmt::print(", {} points", samples.samples.size());
  fmt::print("\n");
  for (const auto& [reason, count] : samples.left_out)
    fmt::print("left out: {} {}\n", count, reason);
}

void execute(const Options& options) {
  std::vector<Results> results;
  for (const std::string& file : options.results) results.push_back(read_results(file));
  const EnergyKind kind = options.energy == "net" ? EnergyKind::net : EnergyKind::gross;
  SampleSet samples = make_samples(results, kind);
  leave_out_small_keys(samples, options.shapes_min);
  print_samples(samples, results.size());
  EnergyTable table = fit_table(samples, {.seed = options.seed});
  if (table.rows.empty()) {
    throw Error(
        "fit: but for probes and what is left out the files hold nothing; add kernels of a "
        "primitive to the sweep, or shapes of them");
  }
  if (options.update) {
    const std::size_t fresh = table.rows.size();
    table = update_table(read_table(options.output), table);
    fmt::print("{} rows fitted, {} kept\n", fresh, table.rows.size() - fresh);
  }
  write_table(options.output, table);
  fmt::print("{}\n{} row{} written to {}\n", table_summary(table), table.rows.size(),
             table.rows.size() == 1 ? "" : "s", options.output);
  for (const std::string& stale : stale_parts(table, present_machine()))
    fmt::print("stale: {}\n", stale);
  if (table.source != Source::measured) fmt::print("{}", source_warning(table));
}

void add(CLI::App& app, int&) {
  const auto options = std::make_shared<Options>();
  app.add_option("results", options->results, "result files, HDF5")->required();
  app.add_option("-o,--output", options->output, "the table, JSON; replaces a table, nothing else")
      ->required();
  app.add_option("--energy", options->energy, "fit energy with the idle share or without")
      ->check(CLI::IsMember({"gross", "net"}))
      ->capture_default_str();
  app.add_option("--seed", options->seed, "of cross-validation and bootstrap")
      ->capture_default_str();
  app.add_option("--shapes-min", options->shapes_min, "fit no row to fewer shapes than this")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_flag("--update", options->update,
               "keep the rows of the output that these records do not fit again");
  app.callback([options] { execute(*options); });
}

}  // namespace

namespace command {

extern const Command fit{
    .name = "fit",
    .description = "fit an energy table to result files",
    .examples =
        "  ergon fit results/quickstart.h5 -o results/quickstart.table.json\n"
        "  ergon fit results/a.0.h5 results/a.1.h5 -o results/a.table.json --energy net\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
