#include "harness/config/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "kernels/error.h"

namespace ergon {
namespace {

Sweep::Group gemm_group(std::vector<std::vector<std::int64_t>> m) {
  return {.kernels = {kernel::named("gemm/reference")},
          .dtypes = {Dtypes{}},
          .axes = {{{"m"}, std::move(m)}, {{"n", "k"}, {{8, 16}, {32, 64}}}},
          .options = {},
          .threads = {1},
          .fills = {Fill{}},
          .cold = {false},
          .weights_packed = {false}};
}

Sweep gemm_sweep(std::uint64_t seed) {
  Sweep sweep;
  sweep.name = "test";
  sweep.seed = seed;
  sweep.groups = {gemm_group({{1}, {2}, {3}, {4}})};
  return sweep;
}

std::vector<std::vector<std::int64_t>> extents(const Plan& plan) {
  std::vector<std::vector<std::int64_t>> all;
  for (const Point& point : plan.points) all.push_back(point.problem.extents);
  return all;
}

std::multiset<std::string> keys(const Plan& plan) {
  std::multiset<std::string> all;
  for (const Point& point : plan.points) all.insert(point_key(point));
  return all;
}

Point gemm_point(std::vector<std::int64_t> mnk) {
  Point point;
  point.problem = make_problem(*primitive::named("gemm"), std::move(mnk));
  point.kernel = kernel::named("gemm/reference");
  return point;
}

std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST(Plan, OrderOfASeedIsTheSameEverywhere) {
  EXPECT_EQ(extents(make_plan(gemm_sweep(1))),
            (std::vector<std::vector<std::int64_t>>{{3, 32, 64},
                                                    {3, 8, 16},
                                                    {1, 8, 16},
                                                    {4, 32, 64},
                                                    {4, 8, 16},
                                                    {2, 32, 64},
                                                    {1, 32, 64},
                                                    {2, 8, 16}}));
}

TEST(Plan, AnotherSeedIsAnotherOrderOfTheSamePoints) {
  const Plan one = make_plan(gemm_sweep(1)), two = make_plan(gemm_sweep(2));
  EXPECT_NE(extents(one), extents(two));
  EXPECT_EQ(keys(one), keys(two));
}

TEST(Plan, VisitsEveryPointOnceInEveryReplicate) {
  Sweep sweep = gemm_sweep(1);
  sweep.protocol.replicates = 3;
  const Plan plan = make_plan(sweep);
  for (const Plan& part : {plan, plan.shard({1, 2})}) {
    const std::vector<Visit> visits = part.visits();
    const std::size_t count = part.points.size();
    ASSERT_EQ(visits.size(), 3 * count);
    std::set<std::vector<std::uint32_t>> orders;
    for (std::size_t replicate = 0; replicate < 3; ++replicate) {
      std::vector<std::uint32_t> order;
      for (std::size_t i = 0; i < count; ++i) {
        const Visit& visit = visits[replicate * count + i];
        EXPECT_EQ(visit.replicate, static_cast<int>(replicate));
        order.push_back(visit.point);
      }
      EXPECT_EQ(std::set<std::uint32_t>(order.begin(), order.end()).size(), count);
      EXPECT_EQ(*std::max_element(order.begin(), order.end()), count - 1);
      orders.insert(order);
    }
    EXPECT_EQ(orders.size(), 3u);  // each in an order of its own
  }
}

TEST(Plan, HoldsTheWholeProductOnce) {
  const Plan plan = make_plan(gemm_sweep(9));
  EXPECT_EQ(count_points(gemm_sweep(9)), 8);
  std::vector<std::vector<std::int64_t>> sorted = extents(plan);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, (std::vector<std::vector<std::int64_t>>{{1, 8, 16},
                                                            {1, 32, 64},
                                                            {2, 8, 16},
                                                            {2, 32, 64},
                                                            {3, 8, 16},
                                                            {3, 32, 64},
                                                            {4, 8, 16},
                                                            {4, 32, 64}}));
}

TEST(Plan, CrossesEveryFieldOfAGroup) {
  Sweep sweep = gemm_sweep(1);
  Sweep::Group& group = sweep.groups[0];
  group.options = {{"bias", {"no", "yes"}}, {"epilogue", {"gelu"}}};
  group.dtypes.push_back({Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16});
  group.threads = {1, 2, 3};
  group.fills.push_back({.kind = Fill::Kind::sparse, .zero_permille = 500});
  group.cold = {false, true};
  group.weights_packed = {false, true};
  EXPECT_EQ(count_points(sweep), 8 * 2 * 2 * 3 * 2 * 2 * 2);
  const std::multiset<std::string> all = keys(make_plan(sweep));
  EXPECT_EQ(all.size(), 768u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 768u);
  EXPECT_EQ(all.count("k1:gemm/a=bf16,accumulate=f32,b=bf16,out=bf16/"
                      "bias=yes,epilogue=gelu,transpose_b=no/k=64,m=3,n=32/"
                      "cold=yes,fill=sparse,kernel=reference,seed=1,threads=3,weights=packed,"
                      "zero_permille=500"),
            1u);
}

TEST(Plan, DropsPointsThatAnotherGroupHas) {
  Sweep sweep = gemm_sweep(1);
  sweep.groups.push_back(gemm_group({{4}, {5}, {4}}));
  EXPECT_EQ(count_points(sweep), 14);
  const std::multiset<std::string> all = keys(make_plan(sweep));
  EXPECT_EQ(all.size(), 10u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 10u);
}

TEST(Plan, ShardsPartitionThePoints) {
  const Plan plan = make_plan(gemm_sweep(3));
  for (const int count : {1, 2, 3, 8, 11}) {
    std::multiset<std::string> together;
    std::size_t largest = 0, smallest = plan.points.size();
    for (int i = 0; i < count; ++i) {
      const Plan shard = plan.shard({i, count});
      together.merge(keys(shard));
      largest = std::max(largest, shard.points.size());
      smallest = std::min(smallest, shard.points.size());
    }
    EXPECT_EQ(together, keys(plan)) << count;
    EXPECT_LE(largest - smallest, 1u) << count;
  }
}

TEST(Plan, ShardNamesCountFromZero) {
  EXPECT_EQ(shard_named("0/4").index, 0);
  EXPECT_EQ(shard_named("3/4").index, 3);
  EXPECT_EQ(shard_named("3/4").count, 4);
  for (const char* text : {"4/4", "-1/4", "1", "1/", "/4", "1/4x", "a/b", "1/0", ""}) {
    EXPECT_NE(message([&] { (void)shard_named(text); }).find("expected index/count"),
              std::string::npos)
        << text;
  }
}

TEST(Plan, CountsOfHugeProductsAreErrorsBeforeAnythingIsMade) {
  std::vector<std::vector<std::int64_t>> many(1'000'000, {1});
  Sweep sweep = gemm_sweep(1);
  sweep.groups = {gemm_group(many)};
  sweep.groups[0].threads.assign(1000, 1);
  EXPECT_EQ(count_points(sweep.groups[0]), 2'000'000'000);
  EXPECT_EQ(message([&] { (void)make_plan(sweep); }),
            "sweep test: has 2,000,000,000 points; expected at most 10,000,000; take fewer values "
            "of an axis, or split the sweep");
  sweep.groups[0].threads.assign(1'000'000, 1);
  sweep.groups[0].fills.assign(1'000'000, Fill{});
  sweep.groups[0].cold.assign(1'000'000, false);
  EXPECT_EQ(count_points(sweep.groups[0]), std::numeric_limits<std::int64_t>::max());
  EXPECT_NE(message([&] { (void)count_points(sweep); }).find("more than 9.2e18 points"),
            std::string::npos);
}

TEST(Plan, AMillionPointsAreMadeWithoutAKeyBeingHashed) {
  std::vector<std::vector<std::int64_t>> many;
  for (std::int64_t i = 0; i < 500'000; ++i) many.push_back({i + 1});
  Sweep sweep = gemm_sweep(1);
  sweep.groups = {gemm_group(many), gemm_group({{1}, {2}})};
  const Plan plan = make_plan(sweep);
  EXPECT_EQ(plan.points.size(), 1'000'000u);
}

TEST(Refusal, IsEmptyForAPointThatCanRun) { EXPECT_EQ(refusal(gemm_point({4, 5, 6}), 1), ""); }

TEST(Refusal, NamesTheProblemThatIsNone) {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(refusal(gemm_point({huge, huge, huge}), 1), "m n k is over 2^58");
}

TEST(Refusal, ComesFromTheKernel) {
  Point point = gemm_point({4, 5, 6});
  point.problem.dtypes = {Dtype::u8, Dtype::i4, Dtype::i32, Dtype::i32};
  EXPECT_EQ(refusal(point, 1), point.kernel->refuses(point.problem, false));
  EXPECT_NE(refusal(point, 1), "");
}

TEST(Refusal, CountsTheCpus) {
  Point point = gemm_point({4, 5, 6});
  point.threads = 3;
  EXPECT_EQ(refusal(point, 3), "");
  EXPECT_EQ(refusal(point, 2), "it asks for 3 threads, this process may use 2 CPUs");
}

TEST(Refusal, CountsTheMemory) {
  Point point;
  point.problem = make_problem(*primitive::named("copy"), {std::int64_t{1} << 42});
  point.kernel = kernel::named("copy/reference");
  const std::string why = refusal(point, 1);
  EXPECT_NE(why.find("its operands take 3.52e+04 GB, this machine has "), std::string::npos) << why;
}

TEST(Refusal, NoPrimitiveOverflowsOnTheLargestExtents) {
  for (const Kernel* kernel : kernel::all()) {
    Point point;
    const Primitive& primitive = *primitive::named(kernel->primitive);
    point.kernel = kernel;
    point.problem = make_problem(
        primitive,
        std::vector<std::int64_t>(primitive.axes.size(), std::numeric_limits<std::int64_t>::max()));
    const std::string why = refusal(point, 1);  // the sanitizer sees an overflow
    if (primitive.axes.size() > 1) {
      EXPECT_NE(why, "") << kernel_id(*kernel);
    }
  }
}

}  // namespace ergon
