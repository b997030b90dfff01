#include "bench/contest_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "bench/contest_result.h"
#include "kernels/error.h"

namespace ergon {
namespace {

std::unique_ptr<Device> open_cpu() {
  std::string why_not;
  return device::all().front()->open(0, why_not);
}

Launch write_nothing(const Binding&) {
  return [] {};
}
Launch fail(const Binding&) { throw Error("no memory for tables"); }
std::string no_library() { return "libnone.so not found"; }
std::string version() { return "libnone 1"; }

// gemm/reference, but for what it does or lacks.
Kernel made_kernel(std::string_view name) {
  Kernel kernel = *kernel::named("gemm/reference");
  kernel.name = name;
  kernel.version = version;
  return kernel;
}

// The reference on a small product, and a peer.
Contest contest_with(const Kernel& peer) {
  Point point;
  point.problem = make_problem(*primitive::named("gemm"), {8, 16, 16});
  point.kernel = kernel::named("gemm/reference");
  std::vector<Point> points(2, point);
  points[1].kernel = &peer;
  return make_contests(points).front();
}

void measure_blocks(Contest& contest, int blocks) {
  const std::unique_ptr<Device> device = open_cpu();
  Random random(3);
  const BlockProtocol protocol{.samples = 2, .sample_min = Seconds{1e-4}};
  for (int block = 0; block < blocks; ++block) {
    measure_block(contest, block, protocol, *device, random);
  }
}

}  // namespace

TEST(ContestBlock, TakesSamplesOfEveryContenderAndTheCeiling) {
  const Kernel peer = made_kernel("made");
  Contest contest = contest_with(peer);
  measure_blocks(contest, 3);
  for (const Contender& contender :
       {contest.contenders[0], contest.contenders[1], contest.ceiling}) {
    EXPECT_TRUE(contender.check.passed);
    EXPECT_GE(contender.samples.size(), 6u);
    EXPECT_LE(contender.samples.size(), 12u);
    EXPECT_EQ(contender.samples.front().block, 0);
    EXPECT_EQ(contender.samples.back().block, 2);
    EXPECT_GT(contender.launches, 1);
  }
  EXPECT_GT(result_of(contest).ratio.value, 0.2);  // one code against itself
  EXPECT_LT(result_of(contest).ratio.value, 5);
}

TEST(ContestBlock, CeilingsSamplesAreAsLongAsTheContenders) {
  Point point;
  point.problem = make_problem(*primitive::named("gemm"), {64, 256, 512});
  point.kernel = kernel::named("gemm/reference");
  Contest contest = make_contests({point}).front();
  measure_blocks(contest, 1);
  const auto shortest = [](const Contender& contender) {
    double least = 1e9;
    for (const Timing& sample : contender.samples) {
      least = std::min(least, sample.per_launch.value * static_cast<double>(contender.launches));
    }
    return least;
  };
  ASSERT_GT(shortest(contest.contenders.front()), 1e-3);
  EXPECT_GT(shortest(contest.ceiling), 0.7 * shortest(contest.contenders.front()));
}

TEST(ContestBlock, LeavesOutWhoWritesNothing) {
  Kernel peer = made_kernel("idle");
  peer.bind = write_nothing;
  Contest contest = contest_with(peer);
  measure_blocks(contest, 2);
  EXPECT_TRUE(contest.contenders[1].is_wrong());
  EXPECT_TRUE(contest.contenders[1].samples.empty());
  EXPECT_NE(contest.contenders[1].check.worst, "");
  EXPECT_FALSE(contest.contenders[0].samples.empty());
}

TEST(ContestBlock, GivesTheReasonOfWhoCannotTakePart) {
  Kernel missing = made_kernel("missing");
  missing.missing = no_library;
  Contest contest = contest_with(missing);
  measure_blocks(contest, 2);
  EXPECT_EQ(contest.contenders[1].refusal, "libnone.so not found");
  EXPECT_FALSE(contest.contenders[1].is_wrong());

  Kernel failing = made_kernel("failing");
  failing.bind = fail;
  Contest other = contest_with(failing);
  measure_blocks(other, 2);
  EXPECT_EQ(other.contenders[1].refusal, "no memory for tables");
  EXPECT_EQ(result_of(other).peer, nullptr);
}

}  // namespace ergon
