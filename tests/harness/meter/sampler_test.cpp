#include "harness/meter/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "harness/clock.h"
#include "harness/meter/edge_finder.h"
#include "tests/kernels/allocations.h"

namespace ergon {
namespace {

std::vector<std::unique_ptr<Meter>> simulated(std::map<std::string, double> options) {
  std::string why_not;
  std::vector<std::unique_ptr<Meter>> meters;
  meters.push_back(open_meter(*meter::named("simulated"), options, "/", why_not));
  return meters;
}

// The edge asked for; the test's own time limit ends a sampler that gives none.
Edge next_edge(Sampler& sampler) {
  Edge edge;
  sampler.request_edge(0);
  while (!sampler.take_edge(edge)) std::this_thread::yield();
  return edge;
}

}  // namespace

TEST(Sampler, ReadsStatedPowerBackBetweenEdges) {
  const auto sampler = start_sampler(simulated({{"watts", 1000}, {"update_period_s", 0.002}}), -1);
  const Edge begin = next_edge(*sampler);
  const Edge end = next_edge(*sampler);
  const double seconds = static_cast<double>(end.time_ns - begin.time_ns) * 1e-9;
  const double slack = static_cast<double>(end.slack_ns + begin.slack_ns) * 1e-9;
  EXPECT_GT(seconds, 0);
  EXPECT_NEAR((end.energy[0] - begin.energy[0]).value, 1000 * seconds, 1000 * slack + 1e-5);
  EXPECT_EQ(end.faults[0], 0u);
}

TEST(Sampler, GivesAnEdgeNoEarlierThanItIsAskedFor) {
  const auto sampler = start_sampler(simulated({{"update_period_s", 0}}), -1);
  for (int i = 0; i < 20; ++i) {
    const std::int64_t asked_ns = steady_clock().now_ns();
    const Edge edge = next_edge(*sampler);
    EXPECT_GE(edge.time_ns + edge.slack_ns, asked_ns);
  }
}

TEST(Sampler, GivesNoEdgeBeforeTheMomentItIsAskedFrom) {
  for (const bool metered : {true, false}) {
    const auto sampler = start_sampler(
        metered ? simulated({{"update_period_s", 0}}) : std::vector<std::unique_ptr<Meter>>(), -1);
    const std::int64_t from_ns = steady_clock().now_ns() + 20'000'000;
    Edge edge;
    sampler->request_edge(from_ns);
    while (!sampler->take_edge(edge)) std::this_thread::yield();
    EXPECT_GE(edge.time_ns + edge.slack_ns, from_ns);
    EXPECT_GE(steady_clock().now_ns(), from_ns);
  }
}

TEST(Sampler, IgnoresASecondRequestForTheSameEdge) {
  const auto sampler = start_sampler(simulated({{"update_period_s", 0}}), -1);
  sampler->request_edge(0);
  sampler->request_edge(0);
  Edge edge;
  while (!sampler->take_edge(edge)) std::this_thread::yield();
  EXPECT_FALSE(sampler->take_edge(edge));
  next_edge(*sampler);
}

TEST(Sampler, StampsPlainTimeWhereThereIsNoMeter) {
  const auto sampler = start_sampler({}, -1);
  EXPECT_EQ(sampler->primary(), -1);
  EXPECT_TRUE(sampler->channels().empty());
  Edge edge;
  EXPECT_FALSE(sampler->take_edge(edge));
  const std::int64_t before_ns = steady_clock().now_ns();
  sampler->request_edge(0);
  EXPECT_TRUE(sampler->take_edge(edge));
  EXPECT_GE(edge.time_ns, before_ns);
  EXPECT_LE(edge.time_ns, steady_clock().now_ns());
  EXPECT_TRUE(edge.energy.empty());
}

TEST(Sampler, AllocatesNothingOnceItRuns) {
  std::vector<std::unique_ptr<Meter>> meters = simulated({{"update_period_s", 0.0005}});
  for (auto& meter : simulated({{"update_period_s", 0}})) meters.push_back(std::move(meter));
  const auto sampler =
      start_sampler(std::move(meters), -1, SamplingPeriods{.power = {0.001}, .energy = {0.001}});
  Edge edge = next_edge(*sampler);
  edge = next_edge(*sampler);
  const std::int64_t before = allocation_count();
  for (int i = 0; i < 20; ++i) {
    sampler->request_edge(0);
    while (!sampler->take_edge(edge)) std::this_thread::yield();
  }
  EXPECT_EQ(allocation_count(), before);
  const auto alive = std::make_unique<int>(1);
  EXPECT_GT(allocation_count(), before) << "the counting is off";
}

TEST(Sampler, TellsWhatItCost) {
  const auto sampler = start_sampler(simulated({{"update_period_s", 0.001}}), -1);
  for (int i = 0; i < 5; ++i) (void)next_edge(*sampler);
  const SamplingCost cost = sampler->cost();
  ASSERT_EQ(cost.channels.size(), sampler->channels().size());
  EXPECT_GE(cost.channels[0].reads, 10);  // an edge takes two looks at least
  EXPECT_GT(cost.channels[0].time.value, 0);
  EXPECT_LT(cost.channels[0].time.value, cost.elapsed.value);
  EXPECT_GT(cost.cpu.value, 0);
  EXPECT_LE(cost.cpu.value, cost.elapsed.value);
  EXPECT_TRUE(std::isnan(start_sampler({}, -1)->cost().cpu.value));
}

TEST(Sampler, EndsAtOnceWhileItSeeksAnEdge) {
  const std::int64_t begin_ns = steady_clock().now_ns();
  {
    const auto sampler = start_sampler(simulated({{"update_period_s", 100}}), 0);
    sampler->request_edge(0);
  }
  {
    const auto sampler = start_sampler(simulated({}), 0);
    sampler->request_edge(begin_ns + 100'000'000'000);
  }
  EXPECT_LT(steady_clock().now_ns() - begin_ns, 5'000'000'000);  // not the 100 s of the update
}

}  // namespace ergon
