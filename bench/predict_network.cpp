#include "bench/predict_network.h"

#include <limits>
#include <optional>

#include <fmt/format.h>

#include "analysis/network/description_file.h"
#include "analysis/network/report.h"
#include "kernels/error.h"

namespace ergon {
namespace {

const std::map<std::string, Phase> kPhases = {
    {"encode", Phase::encode}, {"prefill", Phase::prefill}, {"decode", Phase::decode}};

const std::map<std::string, SortBy> kSorts = {{"order", SortBy::order},
                                              {"energy", SortBy::energy},
                                              {"time", SortBy::time},
                                              {"power", SortBy::power},
                                              {"name", SortBy::name}};

template <class Value>
std::vector<std::string> words(const std::map<std::string, Value>& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return names;
}

Workload workload_of(const NetworkOptions& options, const Dtypes& dtypes) {
  Workload workload{
      .batch = options.batch,
      .sequence = options.sequence,
      .past = options.past,
      .steps = options.steps,
      .dtypes = dtypes,
      .attention = options.attention == "fused" ? AttentionForm::fused : AttentionForm::composed,
      .elementwise = options.elementwise == "eager" ? Elementwise::eager : Elementwise::fused};
  for (const std::string& phase : options.phases) workload.phases.push_back(kPhases.at(phase));
  return workload;
}

// Both networks of a what-if are priced by one list, so that their errors are the same errors.
PriceList prices_for(const EnergyTable& table, const Network& network, const Network* other,
                     const PriceQuery& query) {
  std::vector<const Primitive*> primitives = primitives_of(network);
  if (other != nullptr) {
    for (const Primitive* primitive : primitives_of(*other)) {
      if (std::find(primitives.begin(), primitives.end(), primitive) == primitives.end()) {
        primitives.push_back(primitive);
      }
    }
  }
  return {table, primitives, query};
}

}  // namespace

void add_network_options(CLI::App& app, NetworkOptions& options) {
  constexpr auto kMax = std::numeric_limits<std::int32_t>::max();
  const CLI::Range positive(std::int64_t{1}, std::int64_t{kMax});
  const std::string group = "A whole network";
  const auto option = [&](const std::string& name, auto& into, const std::string& meaning) {
    return app.add_option(name, into, meaning)->group(group);
  };
  option("--network", options.file, "a file of configs/networks, or a config.json");
  option("--batch", options.batch, "inputs at once")->check(positive);
  option("--seq", options.sequence, "tokens of each input")->check(positive);
  option("--phase", options.phases, "encode; or prefill, decode, both in turn")
      ->check(CLI::IsMember(words(kPhases)))
      ->delimiter(',');
  option("--past", options.past, "decode: tokens in the cache; after prefill: the input's")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{kMax}));
  option("--steps", options.steps, "decode: tokens made, one after the other")->check(positive);
  option("--attention", options.attention, "composed, or one fused primitive")
      ->check(CLI::IsMember({"composed", "fused"}));
  option("--elementwise", options.elementwise, "fused, or eager: a launch per array operation")
      ->check(CLI::IsMember({"fused", "eager"}));
  option("--set", options.settings, "what if a field were another: layers=6")->delimiter(',');
  option("--proxy", options.proxy,
         "measured primitive that unmeasured copies and elementwise "
         "operations take their J/byte from");
  option("--sort", options.sort, "siblings by order, energy, time, power or name")
      ->check(CLI::IsMember(words(kSorts)));
  option("--depth", options.depth, "levels of the tree below its root")
      ->check(CLI::NonNegativeNumber);
  auto* const json = app.add_flag("--json", options.json, "print JSON")->group(group);
  app.add_flag("--csv", options.csv, "print CSV, a line a node")->group(group)->excludes(json);
}

void predict_network(const NetworkOptions& options, const EnergyTable& table,
                     const std::string& table_name,
                     const std::map<std::string, std::string>& fields) {
  const NetworkDescription description = read_description(options.file);
  PriceQuery query{.fields = fields, .kernels = options.kernels, .proxy = options.proxy};
  if (const auto dtypes = query.fields.extract("dtypes"); !dtypes.empty()) {
    query.dtypes = *dtypes_named(dtypes.mapped());
  }
  const Workload workload = workload_of(options, query.dtypes);
  const Network network = build_network(description, workload);
  std::optional<Network> other;
  if (!options.settings.empty()) {
    NetworkDescription changed = description;
    override_fields(changed, options.settings);
    other = build_network(changed, workload);
  }
  const PriceList prices = prices_for(table, network, other ? &*other : nullptr, query);
  const NetworkEstimate estimated = estimate(network, prices);
  std::optional<WhatIf> what_if;
  if (other) {
    what_if = {.settings = fmt::format("{}", fmt::join(options.settings, ", ")),
               .total = estimate(*other, prices).total(),
               .difference = difference(network, *other, prices)};
  }
  const NetworkReport report{.description = description,
                             .workload = workload,
                             .network = network,
                             .estimate = estimated,
                             .table = table,
                             .prices = prices,
                             .table_name = table_name,
                             .sort = kSorts.at(options.sort),
                             .depth = options.depth};
  fmt::print("{}", options.json  ? report_json(report, what_if)
                   : options.csv ? report_csv(report)
                                 : report_text(report, what_if));
}

}  // namespace ergon
