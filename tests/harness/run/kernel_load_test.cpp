#include "harness/run/kernel_load.h"

#include <gtest/gtest.h>

#include "harness/run/launches_per_replay.h"
#include "harness/run/time_phase.h"
#include "tests/harness/run/fake_gpu.h"

namespace ergon {
namespace {

// The sets whose launches were done, in order.
std::vector<const std::byte*>& done_sets() {
  static std::vector<const std::byte*> sets;
  return sets;
}

// Notes the output that each launch would write.
const Kernel& noting_kernel() {
  static const Kernel kernel = [] {
    Kernel made = fake_gpu_kernel();
    made.name = "noting";
    made.bind = [](const Binding& binding) -> Launch {
      const std::byte* const output = binding.operands.back().get();
      return [output] { done_sets().push_back(output); };
    };
    return made;
  }();
  return kernel;
}

Point noting_point() {
  Point point;
  point.problem = {primitive::named("gemm"), {}, {4, 4, 4}, {0, 0, 0}};
  point.kernel = &noting_kernel();
  point.threads = 0;
  return point;
}

class RecordedLoad : public testing::Test {
 protected:
  void SetUp() override { done_sets().clear(); }
  std::unique_ptr<KernelLoad> load(std::int64_t sets) {
    const Point point = noting_point();
    return std::make_unique<KernelLoad>(point, fill_operands(point.problem, point.fill), sets, gpu);
  }
  FakeGpu gpu{"GPU-1"};
};

TEST_F(RecordedLoad, KeepsTwoReplaysInFlightWhileItRunsAhead) {
  const auto running = load(2);
  const std::int64_t batch = running->run_ahead(Seconds{1e-3}, Seconds{0.1});
  EXPECT_EQ(batch, launches_per_replay(Seconds{1e-3}, Seconds{0.1}, 2));
  for (int i = 1; i <= 10; ++i) {
    running->launch(batch * i);
    EXPECT_EQ(gpu.queue.done, i * (i + 1) / 2);
    EXPECT_EQ(gpu.queue.queued, gpu.queue.done + 1) << "the device has no work while we look";
  }
  EXPECT_EQ(gpu.queue.deepest, 2);
  EXPECT_EQ(gpu.queue.dry, 0);
  running->stop();
  EXPECT_EQ(gpu.queue.queued, gpu.queue.done);
  running->launch(batch);
  EXPECT_EQ(gpu.queue.queued, gpu.queue.done + 1);
}

TEST_F(RecordedLoad, TakesItsSetsInTurnThroughReplays) {
  const auto running = load(3);
  const std::int64_t batch = running->run_ahead(Seconds{5e-3}, Seconds{0});
  running->launch(3 * batch);
  ASSERT_EQ(std::ssize(done_sets()), 3 * batch);
  for (std::size_t i = 3; i < done_sets().size(); ++i) {
    EXPECT_EQ(done_sets()[i], done_sets()[i - 3]);
    EXPECT_NE(done_sets()[i], done_sets()[i - 1]);
  }
}

TEST_F(RecordedLoad, LaunchesExactlyWhatIsTimed) {
  const auto timed = load(2);
  std::int64_t batch = 5;
  EXPECT_TRUE(timed->prepare(batch));
  EXPECT_EQ(batch, 6) << "all sets, as often as each other";
  timed->launch(batch);
  EXPECT_EQ(std::ssize(done_sets()), 6);
  EXPECT_EQ(gpu.queue.queued, gpu.queue.done);
  timed->launch(4 * batch);
  EXPECT_EQ(std::ssize(done_sets()), 30);
  timed->launch(1);  // one by one
  EXPECT_EQ(std::ssize(done_sets()), 31);
}

TEST_F(RecordedLoad, FallsBackToLaunchesOneByOneAndSaysWhy) {
  gpu.queue.why_not_recorded = "operation not permitted when stream is capturing";
  const auto running = load(2);
  const std::int64_t batch = running->run_ahead(Seconds{1e-3}, Seconds{0.1});
  EXPECT_GE(batch, 20) << "waiting once a millisecond would leave the device without work";
  running->launch(batch);
  EXPECT_EQ(std::ssize(done_sets()), batch);
  EXPECT_EQ(running->why_not_recorded(), gpu.queue.why_not_recorded);
}

// 3 us of the host for each launch would else be what is timed.
TEST_F(RecordedLoad, IsTimedByReplaysOfAboutTwoMilliseconds) {
  const auto timed = load(1);
  Protocol protocol;
  protocol.time_max = Seconds{0.2};
  protocol.time_samples_min = 3;
  const TimePhase times = measure_time(*timed, steady_clock(), protocol);
  EXPECT_GE(gpu.queue.replays, 1);
  EXPECT_EQ(gpu.queue.recorded, times.batch);
  EXPECT_GT(times.batch, 1000) << "of launches that take some nanoseconds";
  EXPECT_LE(times.batch, kRecordedMax);
}

TEST(CpuLoad, RunsNothingAhead) {
  std::string why_not;
  const auto cpu = device::all().front()->open(0, why_not);
  Point point = noting_point();
  point.kernel = kernel::named("gemm/reference");
  point.threads = 1;
  KernelLoad load(point, fill_operands(point.problem, point.fill), 1, *cpu);
  std::int64_t count = 5;
  EXPECT_FALSE(load.prepare(count));
  EXPECT_EQ(load.run_ahead(Seconds{1e-3}, Seconds{0.1}), 0);
  EXPECT_EQ(load.sample_min().value, 10e-6);
}

}  // namespace
}  // namespace ergon
