#include "bench/contest_block.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "bench/contest_result.h"
#include "kernels/error.h"
#include "tests/harness/run/fake_gpu.h"

namespace ergon {
namespace {

std::unique_ptr<Device> open_cpu() {
  std::string why_not;
  return device::all().front()->open(0, why_not);
}

// Time that the launches of `takes` spend, and nothing else does.
VirtualClock virtual_clock;

// The primitive's reference, in as much time as it is said to take.
template <int kMicroseconds>
Launch takes(const Binding& binding) {
  const std::string reference = std::string(binding.problem.primitive->name) + "/reference";
  return [launch = kernel::named(reference)->bind(binding)] {
    launch();
    virtual_clock.advance(kMicroseconds * 1000);
  };
}
Launch write_nothing(const Binding&) {
  return [] {};
}
Launch fail(const Binding&) { throw Error("no memory for tables"); }
std::string no_library() { return "libnone.so not found"; }
std::string version() { return "libnone 1"; }

// A reference, but for what it does or lacks.
Kernel made_kernel(std::string_view name, const char* reference = "gemm/reference") {
  Kernel kernel = *kernel::named(reference);
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

constexpr Seconds kSampleMin{1e-4};

void measure_blocks(Contest& contest, int blocks, Clock& clock = steady_clock()) {
  const std::unique_ptr<Device> device = open_cpu();
  Random random(3);
  const BlockProtocol protocol{.samples = 2, .sample_min = kSampleMin};
  for (int block = 0; block < blocks; ++block) {
    measure_block(contest, block, protocol, *device, clock, random);
  }
}

}  // namespace

// A launch takes the host longer than many kernels take a GPU.
TEST(ContestBlock, ReplaysSamplesOnAGpu) {
  Point point;
  point.problem = make_problem(*primitive::named("gemm"), {8, 16, 16});
  point.kernel = &fake_gpu_kernel();
  point.threads = 0;
  point.cold = true;  // two sets at least
  Contest contest;
  contest.contenders.push_back({.point = point});
  contest.ceiling.point = point;
  FakeGpu gpu("GPU-1");
  Random random(3);
  measure_block(contest, 0, {.samples = 3}, gpu, steady_clock(), random);
  const Contender& contender = contest.contenders[0];
  EXPECT_EQ(contender.refusal, "");
  EXPECT_TRUE(contender.check.passed);
  EXPECT_GE(contender.samples.size(), 3u);
  EXPECT_EQ(gpu.queue.replays, 2);
  EXPECT_GE(gpu.queue.done, 6);
}

TEST(ContestBlock, TakesSamplesOfEveryContenderAndTheCeiling) {
  Kernel ours = made_kernel("ours"), peer = made_kernel("made");
  Kernel copy = made_kernel("copy", "copy/reference");
  ours.version = nullptr;
  ours.bind = takes<10>;
  peer.bind = takes<25>;
  copy.bind = takes<5>;
  Contest contest = contest_with(peer);
  contest.contenders.front().point.kernel = &ours;
  contest.ceiling.point.kernel = &copy;
  measure_blocks(contest, 3, virtual_clock);
  for (const Contender& contender :
       {contest.contenders[0], contest.contenders[1], contest.ceiling}) {
    EXPECT_TRUE(contender.check.passed);
    EXPECT_GE(contender.samples.size(), 6u);
    EXPECT_LE(contender.samples.size(), 12u);
    EXPECT_EQ(contender.samples.front().block, 0);
    EXPECT_EQ(contender.samples.back().block, 2);
    EXPECT_GE(static_cast<double>(contender.launches) * contender.samples.front().per_launch,
              kSampleMin);
  }
  EXPECT_NEAR(result_of(contest).ratio.value, 2.5, 1e-9);
}

TEST(ContestBlock, CeilingsSamplesAreAsLongAsTheContenders) {
  Kernel slow = made_kernel("slow"), copy = made_kernel("copy", "copy/reference");
  slow.bind = takes<3000>;
  copy.bind = takes<10>;
  Contest contest = contest_with(slow);
  contest.contenders.front() = contest.contenders.back();
  contest.ceiling.point.kernel = &copy;
  measure_blocks(contest, 1, virtual_clock);
  EXPECT_EQ(contest.contenders.front().launches, 1);
  EXPECT_GE(contest.ceiling.launches, 300);
  EXPECT_LE(contest.ceiling.launches, 600);
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
