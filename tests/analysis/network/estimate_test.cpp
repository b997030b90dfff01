#include "analysis/network/estimate.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "analysis/statistics.h"
#include "kernels/error.h"
#include "tests/analysis/network/made_table.h"

namespace ergon {
namespace {

constexpr double kNormal90 = 1.6448536269514722;

PriceList prices_of(const EnergyTable& table, const Network& network,
                    const PriceQuery& query = {}) {
  return {table, primitives_of(network), query};
}

Network bert(const Workload& workload = {.batch = 2, .sequence = 64}) {
  return build_network(network_named("bert-base"), workload);
}

std::string refusal_of(const EnergyTable& table, const PriceQuery& query = {}) {
  const Network network = bert();
  try {
    (void)estimate(network, prices_of(table, network, query));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

EnergyTable without(EnergyTable table, std::string_view primitive) {
  std::erase_if(table.rows, [&](const EnergyTable::Row& row) {
    return row.key.kernel.starts_with(std::string(primitive) + "/");
  });
  return table;
}

// A law of W static alone, which every row takes from the device: 5 +- 1 W; half of a movement of W
// static is made up for by nothing.
void share_static(EnergyTable& table, double watts_error) {
  DeviceBlock block{.device = "Made CPU", .boundary = "package"};
  block.entries.push_back({.coefficient = {.terms = {"static"}, .carrier = "static", .value = 5}});
  block.covariance = {watts_error * watts_error};
  block.static_entry = 0;
  table.devices.push_back(block);
  for (EnergyTable::Row& row : table.rows) {
    for (const ModelForm* form : model_form::all()) {
      if (form->name != "static_flops_bytes") continue;
      row.energy.form = form;
      row.energy.coefficients[0] = {
          .terms = {"static"}, .carrier = "static", .unit = "W", .value = 5, .shared = true};
    }
    row.device = 0;
    row.cross_covariance = {watts_error * watts_error, 0, 0};
  }
}

}  // namespace

TEST(Estimate, AddsUpTheTree) {
  const EnergyTable table = bert_table();
  const Network network = bert();
  const NetworkEstimate estimated = estimate(network, prices_of(table, network, {.proxy = "gelu"}));
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (network.nodes[i].is_operation()) continue;
    double energy = 0, time = 0, bytes = 0;
    for (int child = static_cast<int>(i) + 1; child < network.nodes[i].end;
         child = network.nodes[static_cast<std::size_t>(child)].end) {
      const Cost& cost = estimated.costs[static_cast<std::size_t>(child)];
      energy += cost.energy.value;
      time += cost.time.value;
      bytes += cost.bytes;
    }
    EXPECT_NEAR(estimated.costs[i].energy.value, energy, 1e-12 * energy);
    EXPECT_NEAR(estimated.costs[i].time.value, time, 1e-12 * time);
    EXPECT_EQ(estimated.costs[i].bytes, bytes);
  }
  // Every row has the same law here, so the sum is that law of the sums.
  const NetworkCounts counts = counts_of(network);
  const double energy = 2e-6 * static_cast<double>(counts.operations) +
                        10e-12 * static_cast<double>(counts.flops) +
                        50e-12 * static_cast<double>(counts.bytes);
  EXPECT_NEAR(estimated.total().energy.value, energy, 1e-4 * energy);
  EXPECT_NEAR(estimated.total().power().value, 100, 1e-6);
}

// One fit for all: +-10 % stays +-10 %, however many operations there are.
TEST(Estimate, DoesNotShrinkTheErrorOfOneFitByAddingOperations) {
  const EnergyTable table = bert_table({.radius = 0.1});
  const Network network = bert();
  const NetworkEstimate estimated = estimate(network, prices_of(table, network, {.proxy = "gelu"}));
  std::map<std::string_view, double> sums;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    if (node.is_operation()) {
      sums[node.kind] += estimated.costs[i].energy.value;
    }
  }
  double squares = 0;
  for (const auto& [kind, sum] : sums) squares += 0.1 * sum * 0.1 * sum;
  const Cost& total = estimated.total();
  EXPECT_NEAR((total.high - total.energy).value, std::sqrt(squares), 1e-4 * std::sqrt(squares));
  EXPECT_NEAR((total.energy - total.low).value, std::sqrt(squares), 1e-4 * std::sqrt(squares));
}

// Truth is drawn as the rule says errors are: W static once, each fit's misfit once. The interval
// must hold it in 90 % of worlds; adding every operation's error as independent does not.
TEST(Estimate, HoldsTheTruthInNineOfTenWorlds) {
  EnergyTable table = without(bert_table({.radius = 0.08}), "tanh");
  share_static(table, 1);
  const Network network = bert();
  const PriceList prices = prices_of(table, network);
  const NetworkEstimate estimated = estimate(network, prices);
  std::vector<Price> launches;
  double squares = 0;
  for (const Node& node : network.nodes) {
    if (!node.is_operation()) continue;
    const std::optional<Price> price = prices.price(node.problem);
    if (!price) continue;
    launches.push_back(*price);
    squares += std::pow((price->high - price->energy).value, 2);
  }
  SplitMix random(20);
  const int worlds = 4000;
  int held = 0, held_if_independent = 0;
  for (int world = 0; world < worlds; ++world) {
    const double device = random.normal() / kNormal90;
    std::vector<double> fits;
    for (std::size_t f = 0; f < prices.fits().size(); ++f) fits.push_back(random.normal());
    double truth = 0;
    for (const Price& price : launches) {
      const double half = (price.high - price.energy).value;
      const double own = std::sqrt(std::max(0.0, half * half - std::pow(price.shared.value, 2)));
      truth += price.energy.value + device * price.shared.value +
               fits[static_cast<std::size_t>(price.fit)] * own / kNormal90;
    }
    const Cost& total = estimated.total();
    held += truth >= total.low.value && truth <= total.high.value ? 1 : 0;
    held_if_independent += std::abs(truth - total.energy.value) <= std::sqrt(squares) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(held) / worlds, 0.9, 0.02);
  EXPECT_LT(static_cast<double>(held_if_independent) / worlds, 0.5);
}

// Where each shape of a fit errs for itself, the interval is wider than it need be, never narrower.
TEST(Estimate, HoldsTheTruthWhereShapesErrApart) {
  const EnergyTable table = bert_table({.radius = 0.1});
  const Network network = bert();
  const PriceList prices = prices_of(table, network);
  const NetworkEstimate estimated = estimate(network, prices);
  std::map<std::string, double> energies;  // by shape
  for (const Node& node : network.nodes) {
    if (!node.is_operation()) continue;
    const std::optional<Price> price = prices.price(node.problem);
    if (price) energies[problem_key(node.problem)] += price->energy.value;
  }
  SplitMix random(21);
  const int worlds = 4000;
  int held = 0;
  for (int world = 0; world < worlds; ++world) {
    double truth = 0;
    for (const auto& [shape, energy] : energies) {
      truth += energy * (1 + 0.1 * random.normal() / kNormal90);
    }
    const Cost& total = estimated.total();
    held += truth >= total.low.value && truth <= total.high.value ? 1 : 0;
  }
  EXPECT_GE(static_cast<double>(held) / worlds, 0.9);
}

TEST(Estimate, AddsSharedErrorsWithTheirSign) {
  EnergyTable table = bert_table({.radius = 0});
  share_static(table, 1);
  const Network network = bert();
  const NetworkEstimate estimated = estimate(network, prices_of(table, network));
  const Cost& total = estimated.total();
  // W static moves by 1.645 W: so many joules in the network's time. With a radius of nothing the
  // shared part is all there is.
  const double shared = kNormal90 * total.time.value;
  EXPECT_NEAR((total.energy - total.low).value, shared, 1e-6 * shared);
}

TEST(Estimate, RefusesATableThatCoversTooLittle) {
  const std::string said = refusal_of(without(without(bert_table(), "layernorm"), "residual_add"));
  EXPECT_EQ(said.substr(0, 41), "network bert-base: the table covers 91.6 ") << said;
  EXPECT_NE(said.find("\n  layernorm: 25 operations, 3."), std::string::npos) << said;
  EXPECT_NE(said.find("\n  residual_add: 26 operations, 5."), std::string::npos) << said;
  EXPECT_NE(said.find("--proxy PRIMITIVE"), std::string::npos) << said;
}

TEST(Estimate, GivesWhatIsMissingNoJoulesButWidensTheInterval) {
  const Network network = bert();
  const EnergyTable all = bert_table({.radius = 0});
  const EnergyTable less = without(all, "merge_heads");
  const NetworkEstimate with = estimate(network, prices_of(all, network));
  const NetworkEstimate missing = estimate(network, prices_of(less, network));
  EXPECT_GT(missing.coverage(), 0.95);
  EXPECT_LT(missing.coverage(), 1);
  EXPECT_LT(missing.total().energy, with.total().energy);
  EXPECT_GT(missing.total().high, with.total().energy);
  ASSERT_EQ(missing.missing.size(), 1u);
  EXPECT_EQ(missing.missing[0].substr(0, 27), "merge_heads: 12 operations,");
}

TEST(Estimate, PricesByProxyAndListsIt) {
  const Network network = bert();
  const EnergyTable table = without(without(bert_table(), "gelu"), "residual_add");
  EXPECT_NE(refusal_of(table).find("gelu: 12 operations"), std::string::npos);
  const NetworkEstimate plain = estimate(network, prices_of(bert_table(), network));
  const NetworkEstimate borrowed =
      estimate(network, prices_of(table, network, {.proxy = "softmax"}));
  EXPECT_EQ(borrowed.coverage(), 1);
  ASSERT_EQ(borrowed.borrowed.size(), 2u);
  EXPECT_EQ(borrowed.borrowed[0].substr(0, 20), "gelu: 12 operations,");
  EXPECT_GT(borrowed.total().borrowed.value, 0);
  EXPECT_GT((borrowed.total().high - borrowed.total().energy).value,
            (plain.total().high - plain.total().energy).value);
}

TEST(Estimate, HasNoIntervalWhereARowHasNone) {
  EnergyTable table = bert_table();
  table.rows[1] = made_row("batched_gemm", {.radius = kAbsent});
  const Network network = bert();
  const NetworkEstimate estimated = estimate(network, prices_of(table, network));
  EXPECT_TRUE(std::isnan(estimated.total().low.value));
  EXPECT_EQ(estimated.no_interval, "batched_gemm/made: n too small: 4 shapes");
}

// The pooler's tanh is a few thousandths of the network: known to within all of itself.
TEST(Estimate, TakesALittleWithoutAnIntervalToBeOffByAllOfItself) {
  const Network network = bert();
  EnergyTable table = without(bert_table({.radius = 0.1}), "tanh");
  table.rows.push_back(made_row("tanh", {.radius = kAbsent}));
  const NetworkEstimate known = estimate(network, prices_of(bert_table({.radius = 0.1}), network));
  const NetworkEstimate estimated = estimate(network, prices_of(table, network));
  EXPECT_FALSE(estimated.no_interval.empty());
  double tanh = 0;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (!network.nodes[i].is_operation() || network.nodes[i].kind != "tanh") continue;
    tanh += estimated.costs[i].energy.value;
    EXPECT_TRUE(std::isnan(estimated.costs[i].low.value));
  }
  const double width = (estimated.total().high - estimated.total().energy).value;
  const double width_known = (known.total().high - known.total().energy).value;
  EXPECT_GT(tanh, 0);
  EXPECT_NEAR(width - width_known, tanh, 0.1 * tanh);
}

// Six layers less: what the other six cost, with the error of those six alone.
TEST(Difference, LetsWhatBothHaveCancel) {
  const EnergyTable table = bert_table({.radius = 0.1});
  const Network twelve = bert();
  NetworkDescription description = network_named("bert-base");
  description.layers = 6;
  const Network six = build_network(description, {.batch = 2, .sequence = 64});
  const PriceList prices = prices_of(table, twelve);
  const NetworkEstimate before = estimate(twelve, prices);
  const Difference change = difference(twelve, six, prices);
  EXPECT_NEAR(change.energy.value,
              (estimate(six, prices).total().energy - before.total().energy).value, 1e-9);
  EXPECT_LT(change.energy.value, 0);
  const Cost& layer = before.costs[8];
  ASSERT_EQ(twelve.path(8), "bert-base/layer.0");
  EXPECT_NEAR(change.energy.value, -6 * layer.energy.value, 1e-9);
  EXPECT_NEAR((change.high - change.energy).value, 6 * (layer.energy - layer.low).value, 1e-9);
}

TEST(Difference, OfTheSameNetworkIsNothing) {
  const EnergyTable table = bert_table();
  const Network network = bert();
  const Difference none = difference(network, network, prices_of(table, network));
  EXPECT_EQ(none.energy.value, 0);
  EXPECT_EQ(none.low.value, 0);
  EXPECT_EQ(none.high.value, 0);
}

}  // namespace ergon
