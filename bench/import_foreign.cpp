#include <memory>
#include <string>

#include <fmt/format.h>

#include "analysis/foreign/csv_mapping.h"
#include "analysis/foreign/irene_results.h"
#include "bench/command.h"
#include "harness/record/results.h"

namespace ergon {
namespace {

struct Options {
  std::string input, mapping, output, device = "IrEne device 1";
};

void write(const Results& results, const std::string& output) {
  write_results(output, results);
  fmt::print("{} record{} of {} run{} written to {}, every joule marked imported\n",
             results.records.size(), results.records.size() == 1 ? "" : "s", results.runs.size(),
             results.runs.size() == 1 ? "" : "s", output);
}

void import_irene(const Options& options) {
  const irene::Measurements measurements = irene::read(options.input);
  fmt::print("{}: {} rows are {} measurements of primitives, modules and models\n", options.input,
             measurements.rows, measurements.all.size());
  for (const std::string& line : measurements.left_out) fmt::print("left out: {}\n", line);
  fmt::print("left out: modules and models, which are no single launch\n");
  write(irene::to_results(measurements, options.device), options.output);
}

void import_mapped(const Options& options) {
  const CsvMapping mapping = read_csv_mapping(
      parse_yaml(read_text_file(options.mapping, "a mapping in YAML"), options.mapping));
  const CsvImport taken = import_csv(read_csv(options.input), mapping);
  if (taken.left_out > 0) {
    fmt::print("left out: {} row{} that no operation matches\n", taken.left_out,
               taken.left_out == 1 ? "" : "s");
  }
  write(taken.results, options.output);
}

void add(CLI::App& app, int&) {
  app.require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App* irene = app.add_subcommand("irene", "the files published with IrEne (ACL 2021)");
  irene->add_option("folder", options->input, "with ml1_, ml2_, module_, model_level_features.csv")
      ->required();
  irene->add_option("--device", options->device, "name of the machine they were measured on")
      ->capture_default_str();
  CLI::App* csv = app.add_subcommand("csv", "a table whose columns a mapping explains");
  csv->add_option("file", options->input, "comma-separated, with a header line")->required();
  csv->add_option("--mapping", options->mapping, "YAML: what the columns mean")->required();
  for (CLI::App* sub : {irene, csv}) {
    sub->add_option("-o,--output", options->output, "the result file, HDF5")->required();
  }
  irene->callback([options] { import_irene(*options); });
  csv->callback([options] { import_mapped(*options); });
}

}  // namespace

namespace command {

extern const Command import_foreign{
    .name = "import",
    .description = "turn measurements of others into a result file",
    .examples =
        "  ergon import irene irene/results -o results/irene.h5\n"
        "  ergon import csv --mapping theirs.yaml theirs.csv -o results/theirs.h5\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
