#include "analysis/predict.h"

#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analysis/hull.h"
#include "analysis/regime.h"
#include "analysis/row_problem.h"
#include "analysis/scaled.h"
#include "analysis/table_file.h"
#include "analysis/table_life.h"
#include "analysis/table_summary.h"
#include "bench/command.h"
#include "bench/predict_network.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Options {
  std::string table;
  std::vector<std::string> shape, choices;
  std::map<std::string, std::string> fields;
  NetworkOptions network;
};

// {"m=1", "n=2"} -> m: 1, n: 2.
NamedChoices parse_pairs(const std::vector<std::string>& texts, std::string_view option) {
  NamedChoices pairs;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(fmt::format("predict: {} '{}' is no name=value", option, text));
    }
    if (!pairs.try_emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
      throw Error(fmt::format("predict: {} '{}' is given twice", option, text.substr(0, equals)));
    }
  }
  return pairs;
}

NamedExtents parse_extents(const std::vector<std::string>& texts) {
  NamedExtents extents;
  for (const auto& [axis, text] : parse_pairs(texts, "--shape")) {
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, extents[axis]);
    if (error == std::errc() && stopped == end) continue;
    throw Error(
        fmt::format("predict: --shape {}={}: expected an integer of 1 or more", axis, text));
  }
  return extents;
}

void print(const EnergyTable& table, const EnergyTable::Row& row, const Problem& problem) {
  const Prediction prediction = Predictor(row)(problem);
  const std::string marked =
      table.source == Source::measured ? "" : fmt::format(" ({})", source_name(table.source));
  fmt::print("{}: {}, {}\n{}\n", describe(row.key), row.key.device, row.key.boundary,
             problem_key(problem));
  fmt::print("energy  {}{}, {}", scaled(prediction.energy.value, "J"), marked,
             energy_kind_name(table.energy));
  if (std::isnan(prediction.low.value)) {
    fmt::print(", no interval: {}\n", row.energy.conformal.reason);
  } else {
    fmt::print(", 90 % interval {} to {}\n", scaled(prediction.low.value, "J"),
               scaled(prediction.high.value, "J"));
  }
  fmt::print("time    {}\npower   {}{}\n", scaled(prediction.time.value, "s"),
             scaled((prediction.energy / prediction.time).value, "W"), marked);
  for (const std::string& outside : beyond(row.hull, problem)) {
    fmt::print("extrapolated: {}\n", outside);
  }
  for (const std::string& regime : regimes_without_record(row, problem)) {
    fmt::print("extrapolated: {}\n", regime);
  }
  fmt::print("{}", source_warning(table));
}

void execute(const Options& options) {
  const EnergyTable table = read_table(options.table);
  // Beside the answer, which may be JSON or CSV.
  for (const std::string& stale : stale_parts(table, present_machine())) {
    fmt::print(stderr, "stale: {}\n", stale);
  }
  std::map<std::string, std::string> fields;
  for (const auto& [field, value] : options.fields) {
    if (!value.empty()) fields.emplace(field, value);
  }
  if (const auto dtypes = fields.find("dtypes"); dtypes != fields.end()) {
    const std::optional<Dtypes> parsed = dtypes_named(dtypes->second);
    if (!parsed) {
      throw Error(
          fmt::format("predict: --dtypes {}: expected f32, or a,b,accumulate,out", dtypes->second));
    }
    dtypes->second = table_key_field(TableKey{.dtypes = *parsed}, "dtypes");
  }
  if (!options.network.file.empty()) {
    if (!options.shape.empty() || !options.choices.empty()) {
      throw Error("predict: --shape and --options are of one launch; --network has its own");
    }
    return predict_network(options.network, table, options.table, fields);
  }
  if (options.network.kernels.size() != 1 || options.shape.empty()) {
    throw Error(
        "predict: expected --kernel and --shape for one launch, or --network for a whole one");
  }
  fields["kernel"] = options.network.kernels.front();
  const EnergyTable::Row& row = find_row(table, fields);
  print(table, row,
        row_problem(row.key, parse_extents(options.shape),
                    parse_pairs(options.choices, "--options")));
}

void add(CLI::App& app, int&) {
  const auto options = std::make_shared<Options>();
  app.add_option("table,--table", options->table, "the energy table, JSON")->required();
  app.add_option("--kernel", options->network.kernels,
                 "gemm/avx512; of a network one a primitive where the table has several: */avx512")
      ->delimiter(',');
  app.add_option("--shape", options->shape, "one launch: every axis: m=128,n=768,k=768")
      ->delimiter(',');
  app.add_option("--options", options->choices, "of the primitive: mask=causal")->delimiter(',');
  for (const std::string_view field : table_key_fields()) {
    if (field == "kernel") continue;
    app.add_option("--" + std::string(field), options->fields[std::string(field)],
                   "of the row; needed where the table has several");
  }
  add_network_options(app, options->network);
  app.callback([options] { execute(*options); });
}

}  // namespace

namespace command {

extern const Command predict{
    .name = "predict",
    .description = "predict the energy and time of one launch or of a whole network",
    .examples =
        "  ergon predict results/quickstart.table.json --kernel gemm/avx512 "
        "--shape m=128,n=768,k=768\n"
        "  ergon predict T.json --kernel attention/avx512 --threads 2 --options mask=causal \\\n"
        "    --shape batch=1,heads=12,kv_heads=12,queries=128,keys=128,head_size=64\n"
        "  ergon predict --network configs/networks/bert-base.yaml --batch 8 --seq 128 --table "
        "T.json\n"
        "  ergon predict T.json --network llama-2-7b/config.json --phase prefill,decode --steps 16 "
        "\\\n"
        "    --kernel '*/avx512' --set layers=16 --depth 2\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
