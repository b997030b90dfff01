#include "analysis/network/price_list.h"

#include <cmath>

#include <gtest/gtest.h>

#include "analysis/network/estimate.h"
#include "kernels/error.h"
#include "tests/analysis/network/made_table.h"

namespace ergon {
namespace {

Problem elements(std::string_view primitive, std::int64_t count) {
  return make_problem(*primitive::named(primitive), {count});
}

std::string refusal_of(const EnergyTable& table, const PriceQuery& query) {
  const std::vector<const Primitive*> primitives = {primitive::named("gemm"),
                                                    primitive::named("softmax")};
  try {
    PriceList(table, primitives, query);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

PriceList list_of(const EnergyTable& table, const PriceQuery& query = {}) {
  const std::vector<const Primitive*> primitives = {
      primitive::named("gemm"), primitive::named("softmax"), primitive::named("gelu")};
  return {table, primitives, query};
}

}  // namespace

TEST(PriceList, PricesByTheRowOfThePrimitive) {
  const EnergyTable table = made_table({"gelu", "softmax"});
  const std::optional<Price> price = list_of(table).price(elements("gelu", 1000));
  ASSERT_TRUE(price);
  EXPECT_DOUBLE_EQ(price->energy.value, 2e-6 + 4000 * 10e-12 + 8000 * 50e-12);
  EXPECT_DOUBLE_EQ(price->time.value, 0.01 * price->energy.value);
  EXPECT_FALSE(price->borrowed);
  EXPECT_FALSE(list_of(table).price(elements("residual_add", 1000)));
}

TEST(PriceList, RefusesWhatTheTableHasUnderOtherConditions) {
  const EnergyTable table = made_table({"gemm", "softmax"});
  EXPECT_EQ(refusal_of(table, {}), "");
  const std::pair<PriceQuery, std::string> cases[] = {
      {{.fields = {{"threads", "4"}}}, "energy table: no row with threads '4'; the table has: '1'"},
      {{.fields = {{"device", "Other CPU"}}},
       "energy table: no row with device 'Other CPU'; the table has: 'Made CPU'"},
      {{.fields = {{"cold", "yes"}}}, "energy table: no row with cold 'yes'; the table has: 'no'"},
      {{.fields = {{"source", "measured"}, {"fill", "zeros"}}},
       "energy table: no row with fill 'zeros'; the table has: 'uniform'"},
      {{.kernels = {"*/avx512"}},
       "energy table: no row with kernel '*/avx512'; the table has: 'gemm/made', 'softmax/made'"},
      {{.dtypes = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16}},
       "energy table: no row with dtypes 'bf16,bf16,f32,bf16'; the table has: 'f32,f32,f32,f32'"},
  };
  for (const auto& [query, message] : cases) EXPECT_EQ(refusal_of(table, query), message);
}

TEST(PriceList, AsksWhichOfSeveralKernels) {
  EnergyTable table = made_table({"gemm", "softmax"});
  table.rows.push_back(made_row("gemm", {}, "other"));
  EXPECT_EQ(refusal_of(table, {}),
            "energy table: has rows for kernel 'gemm/made', 'gemm/other'; say which (--kernel "
            "gemm/made)");
  EXPECT_EQ(refusal_of(table, {.kernels = {"gemm/other"}}), "");
  EXPECT_EQ(refusal_of(table, {.kernels = {"*/made"}}), "");
}

TEST(PriceList, RefusesRowsOfTwoMachines) {
  EnergyTable table = made_table({"gemm", "softmax"});
  table.rows[1].key.threads = 2;
  EXPECT_EQ(refusal_of(table, {}),
            "energy table: gemm/made has threads '1' and softmax/made has '2'; a network runs "
            "under one; say which (--threads)");
  table.rows[1].key.threads = 1;
  table.rows[1].key.device = "Other CPU";
  EXPECT_NE(refusal_of(table, {}).find("has device 'Made CPU' and softmax/made has 'Other CPU'"),
            std::string::npos);
}

TEST(PriceList, ChoosesAmongConditionsThatAreAsked) {
  EnergyTable table = made_table({"gemm", "softmax"});
  for (const std::string_view primitive : {"gemm", "softmax"}) {
    table.rows.push_back(made_row(primitive, {.launch_j = 1}));
    table.rows.back().key.threads = 8;
  }
  EXPECT_EQ(refusal_of(table, {}),
            "energy table: has rows for threads '1', '8'; say which (--threads)");
  const PriceList eight = list_of(table, {.fields = {{"threads", "8"}}});
  EXPECT_GT(eight.price(make_problem(*primitive::named("softmax"), {1, 1}))->energy.value, 1);
}

// Softmax moves 8 bytes an element, as GELU does: (4 x 10 + 8 x 50) pJ an element, and no launch.
TEST(PriceList, LendsTheProxysJoulesPerByteAtTheSameBytes) {
  EnergyTable table = made_table({"softmax"});
  table.rows[0].hull.axes[1].range = {64, 64};
  const PriceList prices = list_of(table, {.proxy = "softmax"});
  const std::optional<Price> gelu = prices.price(elements("gelu", 64'000));
  ASSERT_TRUE(gelu && gelu->borrowed);
  const double energy = 64'000 * (40e-12 + 400e-12);
  EXPECT_NEAR(gelu->energy.value, energy, 1e-12);
  EXPECT_NEAR((gelu->high - gelu->energy).value, 0.5 * energy, 1e-12);
  EXPECT_NEAR((gelu->energy - gelu->low).value, 0.5 * energy, 1e-12);
  // Twelve bytes an element: half as many joules again.
  const std::optional<Price> sum = prices.price(elements("residual_add", 64'000));
  EXPECT_NEAR(sum->energy.value, 96'000 * (40e-12 + 400e-12), 1e-9);
}

TEST(PriceList, LendsNothingToProductsAndReductions) {
  const EnergyTable table = made_table({"softmax"});
  const PriceList prices = list_of(table, {.proxy = "softmax"});
  EXPECT_FALSE(prices.price(make_problem(*primitive::named("gemm"), {8, 8, 8})));
  EXPECT_FALSE(prices.price(make_problem(*primitive::named("layernorm"), {8, 8})));
}

TEST(PriceList, LendsWhereARowNeverCameNear) {
  EnergyTable table = made_table({"softmax", "gelu"});
  table.rows[1].hull.bytes = {8, 800};
  const PriceList prices = list_of(table, {.proxy = "softmax"});
  EXPECT_FALSE(prices.price(elements("gelu", 800))->borrowed);
  EXPECT_TRUE(prices.price(elements("gelu", 801))->borrowed);
  EXPECT_FALSE(list_of(table).price(elements("gelu", 801))->borrowed);
}

TEST(PriceList, RefusesAProxyThatCannotLend) {
  const EnergyTable table = made_table({"gemm", "softmax"});
  EXPECT_EQ(refusal_of(table, {.proxy = "sotmax"}),
            "--proxy sotmax: the table has no row of it; known: softmax; did you mean 'softmax'?");
  EXPECT_EQ(refusal_of(table, {.proxy = "gelu"}),
            "--proxy gelu: the table has no row of it; known: softmax");
  EXPECT_EQ(refusal_of(table, {.proxy = "gemm"}).substr(0, 42),
            "--proxy gemm: is bound by arithmetic; name");
}

TEST(PriceList, SaysSoWhereAProxyHasNoInterval) {
  const EnergyTable table = made_table({"softmax"}, {.radius = kAbsent});
  const PriceList prices = list_of(table, {.proxy = "softmax"});
  EXPECT_TRUE(std::isnan(prices.price(elements("gelu", 64))->low.value));
}

}  // namespace ergon
