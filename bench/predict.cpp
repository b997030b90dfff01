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

using Pairs = std::map<std::string, std::string>;

// {"m=1", "n=2"} -> m: 1, n: 2.
Pairs parse_pairs(const std::vector<std::string>& texts, std::string_view option) {
  Pairs pairs;
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

std::int64_t parse_extent(const std::string& axis, const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || value < 1) {
    throw Error(
        fmt::format("predict: --shape {}={}: expected an integer of 1 or more", axis, text));
  }
  return value;
}

std::uint8_t parse_choice(const Option& option, const std::string& value) {
  for (std::size_t i = 0; i < option.values.size(); ++i) {
    if (option.values[i] == value) return static_cast<std::uint8_t>(i);
  }
  throw Error(fmt::format("predict: --options {}={}: expected one of {}", option.name, value,
                          fmt::join(option.values, ", ")));
}

void expect_empty(const Pairs& rest, std::string_view option, const Primitive& primitive,
                  const std::string& known) {
  if (rest.empty()) return;
  throw Error(fmt::format("predict: {} {}: {} has no such name; known: {}", option,
                          rest.begin()->first, primitive.name, known.empty() ? "none" : known));
}

Problem make_problem(const TableKey& key, Pairs shape, Pairs choices) {
  Problem problem;
  problem.primitive = primitive::named(key.kernel.substr(0, key.kernel.find('/')));
  if (problem.primitive == nullptr) {
    throw Error(fmt::format("predict: this build does not know the primitive of {}", key.kernel));
  }
  const Primitive& primitive = *problem.primitive;
  problem.dtypes = key.dtypes;
  for (const std::string_view name : primitive.axes) {
    const auto given = shape.extract(std::string(name));
    if (given.empty()) {
      throw Error(fmt::format("predict: --shape lacks {}; {} has axes {}", name, primitive.name,
                              fmt::join(primitive.axes, ", ")));
    }
    problem.extents.push_back(parse_extent(given.key(), given.mapped()));
  }
  expect_empty(shape, "--shape", primitive, fmt::format("{}", fmt::join(primitive.axes, ", ")));
  std::string names;
  for (const Option& option : primitive.options) {
    const auto given = choices.extract(std::string(option.name));
    problem.choices.push_back(given.empty() ? std::uint8_t{0}
                                            : parse_choice(option, given.mapped()));
    names += fmt::format("{}{}", names.empty() ? "" : ", ", option.name);
  }
  expect_empty(choices, "--options", primitive, names);
  if (const std::string why = primitive.invalid(problem); !why.empty()) {
    throw Error(fmt::format("predict: {} is no problem: {}", problem_key(problem), why));
  }
  return problem;
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
        make_problem(row.key, parse_pairs(options.shape, "--shape"),
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
