#include "bench/micro.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "harness/clock.h"
#include "harness/run/kernel_load.h"
#include "harness/run/operands.h"
#include "harness/run/time_phase.h"
#include "tests/harness/run/fake_gpu.h"

namespace ergon {
namespace {

// Keeps the seconds per launch of every repetition.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      seconds.push_back(run.real_accumulated_time / static_cast<double>(run.iterations));
    }
  }
  std::vector<double> seconds;
};

std::unique_ptr<Device> open_cpu() {
  std::string why_not;
  return device::all().front()->open(0, why_not);
}

Point gemm_point() {
  Point point;
  point.problem = make_problem(*primitive::named("gemm"), {24, 32, 28});
  point.kernel = kernel::named("gemm/reference");
  return point;
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
  return values[values.size() / 2];
}

double harness_median(const Point& point, Device& device) {
  const OperandBytes operands = fill_operands(point.problem, point.fill);
  KernelLoad load(point, operands, 1, device);
  Protocol protocol = *protocol_preset("quick");
  protocol.time_samples_min = 50;
  std::vector<double> seconds;
  for (const Seconds time : measure_time(load, steady_clock(), protocol).times) {
    seconds.push_back(time.value);
  }
  return median(seconds);
}

double micro_median() {
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  return median(collector.seconds);
}

}  // namespace

// Two loops, one kernel: rounds of both in turn, in repetitions too short to be interrupted often,
// and the best median of each. What else runs on the machine only ever adds time, so that the best
// ones fall towards what the loops themselves take; a machine busy for seconds is waited out, and a
// loop that does more than the other stays apart however long.
TEST(Micro, MedianIsTheHarnesss) {
  const std::unique_ptr<Device> device = open_cpu();
  const Point point = gemm_point();
  int argc = 1;
  char name[] = "micro_test";
  char* argv[] = {name, nullptr};
  benchmark::Initialize(&argc, argv);
  benchmark::RegisterBenchmark("gemm",
                               [&](benchmark::State& state) { micro_run(state, point, *device); })
      ->UseRealTime()
      ->MinTime(0.0005)
      ->Repetitions(60);
  double micro = 1e9, harness = 1e9;
  const auto agree = [&] { return std::abs(micro / harness - 1) < 0.1; };
  for (int round = 0; round < 7 || (round < 400 && !agree()); ++round) {
    micro = std::min(micro, micro_median());
    harness = std::min(harness, harness_median(point, *device));
  }
  benchmark::ClearRegisteredBenchmarks();
  EXPECT_NEAR(micro / harness, 1, 0.1) << micro << " s and " << harness << " s a launch";
}

// One by one, what the host takes to wait would be measured.
TEST(Micro, LaunchesOnAGpuAreReplayed) {
  FakeGpu gpu("GPU-1");
  Point point = gemm_point();
  point.kernel = &fake_gpu_kernel();
  point.threads = 0;
  benchmark::RegisterBenchmark("gpu", [&](benchmark::State& state) {
    micro_run(state, point, gpu);
  })->MinTime(0.01);
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::ClearRegisteredBenchmarks();
  EXPECT_FALSE(collector.seconds.empty());
  EXPECT_GT(gpu.queue.recorded, 1);
  EXPECT_GT(gpu.queue.done, 0);
}

TEST(Micro, SkipsWithTheReasonOfARefusal) {
  const std::unique_ptr<Device> device = open_cpu();
  Point point = gemm_point();
  point.threads = device->threads_max() + 1;
  benchmark::RegisterBenchmark("refused",
                               [&](benchmark::State& state) { micro_run(state, point, *device); });
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::ClearRegisteredBenchmarks();
  EXPECT_TRUE(collector.seconds.empty());
}

}  // namespace ergon
