#include "harness/run/runner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <stdexcept>

#include "kernels/error.h"

namespace ergon {
namespace {

Protocol short_protocol() {
  return {.preset = "test",
          .window_min = {0.01},
          .window_updates_min = 5,
          .windows_min = 2,
          .windows_max = 3,
          .half_width_max = 0.0001,
          .settle_max = {0.005},
          .idle = {0.01},
          .block_max = {60},
          .time_samples_min = 7,
          .time_max = {0.5},
          .point_max = {5}};
}

std::unique_ptr<Device> open_cpu() {
  std::string why_not;
  return device::all().front()->open(0, why_not);
}

constexpr int kWatts = 1000;

std::unique_ptr<Sampler> simulated_sampler() {
  std::string why_not;
  std::vector<std::unique_ptr<Meter>> meters;
  meters.push_back(open_meter(*meter::named("simulated"),
                              {{"watts", kWatts}, {"update_period_s", 0.001}}, "/", why_not));
  return start_sampler(std::move(meters), -1);
}

Point gemm_point(const Kernel* kernel) {
  Point point;
  point.problem = {primitive::named("gemm"), {}, {16, 16, 16}, {0, 0, 0}};
  point.kernel = kernel;
  return point;
}

Kernel with_bind(Launch (*bind)(const Binding&)) {
  Kernel kernel = *kernel::named("gemm/reference");
  kernel.name = "planted";
  kernel.bind = bind;
  return kernel;
}

struct Measured {
  std::unique_ptr<Device> device = open_cpu();
  std::unique_ptr<Sampler> sampler;
  BlindWatch watch;
  Runner runner;
  explicit Measured(std::unique_ptr<Sampler> by)
      : sampler(std::move(by)),
        runner(*device, *sampler, watch, short_protocol(), "powercap: no zone; load its driver") {}
};

Record run_simulated(const Point& point) { return Measured(simulated_sampler()).runner.run(point); }

// Binds the reference, and then does one thing more after each launch.
template <void (*more)(std::span<const Buffer>)>
Launch reference_and(const Binding& binding) {
  const Launch launch = kernel::named("gemm/reference")->bind(binding);
  const std::vector<Buffer> operands(binding.operands.begin(), binding.operands.end());
  return [launch, operands] {
    launch();
    more(operands);
  };
}

float* floats(const Buffer& buffer) { return reinterpret_cast<float*>(buffer.get()); }
void spoil_output(std::span<const Buffer> operands) { floats(operands[2])[35] += 1; }
void spoil_input(std::span<const Buffer> operands) { floats(operands[1])[0] = 7; }

}  // namespace

TEST(Runner, RecordsWhatItMeasured) {
  const Record record = run_simulated(gemm_point(kernel::named("gemm/reference")));
  EXPECT_EQ(record.run_status, RunStatus::ok) << record.reason;
  EXPECT_EQ(record.check_status, CheckStatus::passed);
  EXPECT_EQ(record.energy_status, EnergyStatus::simulated);
  EXPECT_EQ(record.checked, 256);
  EXPECT_GT(record.tolerance, 0);
  EXPECT_LE(record.error_max, record.tolerance);
  EXPECT_EQ(record.zero_fraction, 0);
  EXPECT_EQ(record.operand_sets, 1);
  EXPECT_EQ(record.times.size(), 7u);
  ASSERT_GE(record.windows.size(), 2u);
  ASSERT_LE(record.windows.size(), 3u);
  for (const Window& window : record.windows) {
    if (window.invalid != 0) continue;  // a busy machine may take time from a window
    const double seconds = static_cast<double>(window.end_ns - window.begin_ns) * 1e-9;
    ASSERT_EQ(window.energy.size(), 1u);
    // Edges are known as well as the sampler's thread was let run.
    const double slack = 10 * window.energy[0].u_edge.value;
    EXPECT_GE(seconds, 0.0099 - slack / kWatts);
    EXPECT_GT(window.launches, 1);
    EXPECT_NEAR(window.energy[0].gross.value, kWatts * seconds, slack + 1e-3);
  }
}

TEST(Runner, RotatesSetsOfOperandsWhereCold) {
  Point point = gemm_point(kernel::named("gemm/reference"));
  point.problem.extents = {16, 16, 16384};  // 2 MiB a set
  point.cold = true;
  const Record record = run_simulated(point);
  EXPECT_EQ(record.run_status, RunStatus::ok) << record.reason;
  EXPECT_GE(record.operand_sets, 2);
}

TEST(Runner, RefusesToMeasureASmallProblemCold) {
  Point point = gemm_point(kernel::named("gemm/reference"));
  point.problem.extents = {1, 1, 1};
  point.cold = true;
  const Record record = run_simulated(point);
  EXPECT_EQ(record.run_status, RunStatus::refused);
  EXPECT_NE(record.reason.find("too small to be measured cold"), std::string::npos);
}

TEST(Runner, RecordsARefusal) {
  Point point = gemm_point(kernel::named("gemm/reference"));
  point.weights_packed = true;
  const Record record = run_simulated(point);
  EXPECT_EQ(record.run_status, RunStatus::refused);
  EXPECT_EQ(record.check_status, CheckStatus::not_run);
  EXPECT_FALSE(record.reason.empty());
  EXPECT_TRUE(std::isnan(record.error_max));
}

TEST(Runner, MetersNoKernelThatIsWrong) {
  const Kernel wrong = with_bind(reference_and<spoil_output>);
  const Record record = run_simulated(gemm_point(&wrong));
  EXPECT_EQ(record.run_status, RunStatus::failed);
  EXPECT_EQ(record.check_status, CheckStatus::wrong);
  EXPECT_NE(record.reason.find("wrong result: c[2, 3] is "), std::string::npos) << record.reason;
  EXPECT_GT(record.error_max, record.tolerance);
  EXPECT_TRUE(record.times.empty());
  EXPECT_TRUE(record.windows.empty());
}

TEST(Runner, SeesAKernelThatWritesNothing) {
  const Kernel idle = with_bind([](const Binding&) -> Launch { return [] {}; });
  const Record record = run_simulated(gemm_point(&idle));
  EXPECT_EQ(record.check_status, CheckStatus::wrong);
}

TEST(Runner, SeesAKernelThatWritesToItsInputs) {
  const Kernel careless = with_bind(reference_and<spoil_input>);
  const Record record = run_simulated(gemm_point(&careless));
  EXPECT_EQ(record.check_status, CheckStatus::wrong);
  EXPECT_EQ(record.reason, "wrong result: the launch wrote to its input b");
}

TEST(Runner, RecordsAKernelThatThrows) {
  const Kernel throwing = with_bind([](const Binding&) -> Launch {
    throw Error("gemm/planted: no scratch memory; use smaller extents");
  });
  const Record record = run_simulated(gemm_point(&throwing));
  EXPECT_EQ(record.run_status, RunStatus::failed);
  EXPECT_EQ(record.check_status, CheckStatus::not_run);
  EXPECT_EQ(record.reason, "gemm/planted: no scratch memory; use smaller extents");
}

TEST(Runner, GoesOnAfterAPointThatFailed) {
  const Kernel throwing =
      with_bind([](const Binding&) -> Launch { throw std::runtime_error("broken"); });
  Measured measured(simulated_sampler());
  EXPECT_EQ(measured.runner.run(gemm_point(&throwing)).run_status, RunStatus::failed);
  const Record next = measured.runner.run(gemm_point(kernel::named("gemm/reference")));
  EXPECT_EQ(next.run_status, RunStatus::ok);
}

TEST(Runner, SaysWhyNothingIsMetered) {
  Measured measured(start_sampler({}, -1));
  const Record record = measured.runner.run(gemm_point(kernel::named("gemm/reference")));
  EXPECT_EQ(record.run_status, RunStatus::ok);
  EXPECT_EQ(record.energy_status, EnergyStatus::unmeasured);
  EXPECT_EQ(record.reason, "powercap: no zone; load its driver");
  ASSERT_GE(record.windows.size(), 2u);
  EXPECT_TRUE(record.windows[0].energy.empty());
  EXPECT_GT(record.windows[0].launches, 1);
}

TEST(Runner, MetersIdleStretches) {
  Measured measured(simulated_sampler());
  const std::vector<IdleStretch> stretches = measured.runner.idle();
  EXPECT_EQ(stretches.size(), 4u);
  for (const IdleStretch& idle : stretches) {
    const double seconds = static_cast<double>(idle.end_ns - idle.begin_ns) * 1e-9;
    EXPECT_GE(seconds, 0.0024);
    EXPECT_NEAR(idle.energy[0].gross.value, 1000 * seconds,
                10 * idle.energy[0].u_edge.value + 1e-3);
  }
}

namespace {

// A record with one window per entry, holding these faults.
Record with_windows(std::initializer_list<std::uint32_t> faults) {
  Record record;
  for (const std::uint32_t fault : faults) {
    Window window;
    window.invalid = fault;
    window.energy = {{.channel = 0, .gross = Joules{1}}};
    record.windows.push_back(window);
  }
  return record;
}

}  // namespace

TEST(JudgeEnergy, TakesTheStatusOfItsSource) {
  Channel channel;
  for (const auto& [source, status] : {std::pair(Source::measured, EnergyStatus::measured),
                                       std::pair(Source::estimated, EnergyStatus::estimated),
                                       std::pair(Source::simulated, EnergyStatus::simulated),
                                       std::pair(Source::imported, EnergyStatus::imported)}) {
    channel.source = source;
    Record record = with_windows({0, 0, 0});
    judge_energy(record, &channel, 3, "");
    EXPECT_EQ(record.energy_status, status);
    EXPECT_EQ(record.reason, "");
  }
}

TEST(JudgeEnergy, CallsTooFewValidWindowsPartial) {
  const Channel channel;
  Record record = with_windows({0, 0, kStealTime, kStaleCounter | kStealTime});
  judge_energy(record, &channel, 3, "");
  EXPECT_EQ(record.energy_status, EnergyStatus::partial);
  EXPECT_EQ(record.reason, "2 valid windows of 4, 3 wanted: stale_counter, steal_time");
}

TEST(JudgeEnergy, KeepsAnEstimateAnEstimateHoweverFewItsWindows) {
  Channel channel;
  channel.source = Source::estimated;
  Record record = with_windows({0, kStealTime});
  judge_energy(record, &channel, 3, "");
  EXPECT_EQ(record.energy_status, EnergyStatus::estimated);
  EXPECT_EQ(record.reason, "1 valid windows of 2, 3 wanted: steal_time");
}

TEST(JudgeEnergy, CallsNoValidWindowInvalid) {
  const Channel channel;
  Record record = with_windows({kReadFailed, kReadFailed});
  judge_energy(record, &channel, 2, "");
  EXPECT_EQ(record.energy_status, EnergyStatus::invalid);
}

TEST(JudgeEnergy, SaysThatAnotherChannelFailed) {
  const Channel channel;
  Record record = with_windows({0, 0});
  record.windows[1].energy.push_back({.channel = 1, .gross = Joules{std::nan("")}});
  judge_energy(record, &channel, 2, "");
  EXPECT_EQ(record.energy_status, EnergyStatus::partial);
  EXPECT_EQ(record.reason, "a channel beside the primary one failed in some windows");
}

}  // namespace ergon
