#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "bench/command.h"
#include "harness/record/table.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct ExportOptions {
  std::string file, what = "records", output;
  bool force = false;
};

// Standard output, where no file is named. A file that cannot be written whole is not left there.
void write_to(const std::string& output, const ResultTable& table) {
  if (output.empty()) {
    write_csv(std::cout, table);
    if (!std::cout.flush()) throw Error("export: standard output cannot be written");
    return;
  }
  std::ofstream stream(output, std::ios::binary | std::ios::trunc);
  if (!stream) throw Error(output + ": cannot be opened for writing; is its folder there?");
  write_csv(stream, table);
  stream.close();
  if (!stream) {
    std::error_code ignored;
    std::filesystem::remove(output, ignored);
    throw Error(output + ": cannot be written; is the disk full?");
  }
}

void execute(const ExportOptions& options) {
  // Opened before the output, so that a wrong input leaves nothing behind.
  const ResultTable table(options.file, options.what);
  if (!options.output.empty() && !options.force && std::filesystem::exists(options.output)) {
    throw Error(options.output + ": exists; give --force to replace it, or another output");
  }
  write_to(options.output, table);
}

void add(CLI::App& app, int&) {
  const auto options = std::make_shared<ExportOptions>();
  app.add_option("file", options->file, "result file (HDF5)")->required();
  app.add_option("--what", options->what,
                 "which table; joules have their source beside them: energy_status or source")
      ->check(CLI::IsMember({"records", "windows", "energy", "idle", "idle_energy", "times",
                             "channels", "runs", "sweep", "faults", "node_windows"}))
      ->capture_default_str();
  app.add_option("-o,--output", options->output, "CSV file; standard output where left out");
  app.add_flag("--force", options->force, "replace an output that exists");
  app.callback([options] { execute(*options); });
}

}  // namespace

namespace command {

// `export` alone is a word of C++.
extern const Command export_csv{
    .name = "export",
    .description = "write a table of a result file as CSV",
    .examples =
        "  ergon export results/quickstart.h5 > records.csv\n"
        "  ergon export results/quickstart.h5 --what energy -o energy.csv\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
