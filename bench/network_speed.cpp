// How long a whole network takes to price: the tree built, every operation predicted, errors added.
// `ergon_network_speed` prints the time of each; the goal for BERT-base is 1 ms.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "analysis/network/estimate.h"

namespace ergon {
namespace {

// BERT-base, as configs/networks/bert-base.yaml has it.
NetworkDescription bert_base() {
  NetworkDescription description;
  description.name = "bert-base";
  description.layers = 12;
  description.hidden = 768;
  description.heads = 12;
  description.vocabulary = 30522;
  description.context = 512;
  description.token_types = 2;
  description.embedding_norm = description.pooler = true;
  return description;
}

Law law_of(std::string_view form) {
  Law law;
  for (const ModelForm* each : model_form::all()) {
    if (each->name == form) law.form = each;
  }
  for (const Term& term : law.form->terms) {
    law.coefficients.push_back({.terms = {std::string(term.name)},
                                .carrier = std::string(term.name),
                                .unit = std::string(term.unit),
                                .value = 1});
  }
  law.conformal.radius = 0.1;
  return law;
}

// A row for every primitive of the network: what the numbers are costs no time.
EnergyTable table_for(const Network& network) {
  EnergyTable table;
  for (const Primitive* primitive : primitives_of(network)) {
    EnergyTable::Row row{.key = {.device = "none",
                                 .boundary = "none",
                                 .kernel = std::string(primitive->name) + "/none",
                                 .fill = "uniform"},
                         .energy = law_of("static_flops_bytes"),
                         .time = law_of("time_linear")};
    for (const std::string_view axis : primitive->axes) {
      row.hull.axes.push_back({.name = std::string(axis), .range = {1, 1e9}});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

const Workload kWorkload = {.batch = 8, .sequence = 128};

void build_tree(benchmark::State& state) {
  const NetworkDescription description = bert_base();
  for (auto _ : state) benchmark::DoNotOptimize(build_network(description, kWorkload));
}

void price_tree(benchmark::State& state) {
  const Network network = build_network(bert_base(), kWorkload);
  const EnergyTable table = table_for(network);
  const PriceList prices(table, primitives_of(network), {});
  for (auto _ : state) benchmark::DoNotOptimize(estimate(network, prices));
}

// All of what one question costs, the table being in memory.
void build_and_price_tree(benchmark::State& state) {
  const NetworkDescription description = bert_base();
  const EnergyTable table = table_for(build_network(description, kWorkload));
  for (auto _ : state) {
    const Network network = build_network(description, kWorkload);
    const PriceList prices(table, primitives_of(network), {});
    benchmark::DoNotOptimize(estimate(network, prices));
  }
}

BENCHMARK(build_tree)->Name("bert-base/build")->Unit(benchmark::kMicrosecond);
BENCHMARK(price_tree)->Name("bert-base/price")->Unit(benchmark::kMicrosecond);
BENCHMARK(build_and_price_tree)
    ->Name("bert-base/look up rows, build and price")
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace ergon

BENCHMARK_MAIN();
