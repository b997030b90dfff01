// Sweeps with points on a GPU, from the YAML to the file, with a driver and a GPU that are made.

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "harness/record/results.h"
#include "harness/run/run_sweep.h"
#include "tests/harness/meter/nvml_fixture.h"
#include "tests/harness/run/fake_gpu.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

constexpr char kSweep[] = R"(name: both
protocol:
  preset: quick
  window_min_s: 0.05
  window_updates_min: 1
  windows_min: 2
  windows_max: 2
  settle_max_s: 0
  half_width_max: 1
  idle_s: 0.02
  block_max_s: 60
  time_samples_min: 3
  time_max_s: 0.01
  point_max_s: 2
meters: nvml
groups:
  - kernels: gemm/reference
    axes: {m: [8, 16], n: 8, k: 8}
    threads: 1
)";
constexpr unsigned kSeriesMw[] = {300'000};

class GpuSweep : public nvml::NvmlTest {
 protected:
  void SetUp() override {
    NvmlTest::SetUp();
    driver->live = true;
    driver->series_period_ns = 20'000'000;  // a V100's
    driver->gpus = 2;
    for (int i = 0; i < 2; ++i) {
      make_h100(i);
      driver->gpu[i].architecture = nvml::kVolta;
      driver->gpu[i].series_mw = kSeriesMw;
      driver->gpu[i].series_length = 1;
    }
  }

  // Each shape by the reference on the CPU, and by the made kernel on the made GPU.
  static Sweep both() {
    Sweep sweep = parse_sweep(kSweep, "both.yaml");
    sweep.groups[0].kernels.push_back(&fake_gpu_kernel());
    return sweep;
  }

  Results run(const Sweep& sweep, const char* uuid = nvml::kUuidA) {
    RunOptions options;
    options.output = temporary.path() / "out.h5";
    options.root = root;
    options.open_device = [uuid](DeviceKind, std::string& why) -> std::unique_ptr<Device> {
      if (uuid != nullptr) return std::make_unique<FakeGpu>(uuid);
      why = "no GPU: somebody took it away";
      return nullptr;
    };
    summary = run_sweep(sweep, options, [](const Progress&) {});
    return read_results(options.output);
  }

  TemporaryFolder temporary;
  RunSummary summary;
};

const RunInfo& run_of(const Results& results, const Record& record) {
  return results.runs.at(static_cast<std::size_t>(record.run));
}

TEST_F(GpuSweep, MeasuresEachPointOnTheDeviceOfItsKernel) {
  const Results results = run(both());
  EXPECT_EQ(summary.ok, 4);
  ASSERT_EQ(results.runs.size(), 2u);
  for (const Record& record : results.records) {
    const bool gpu = record.point.kernel->name == "fake_simt";
    EXPECT_EQ(record.run_status, RunStatus::ok) << record.reason;
    EXPECT_EQ(record.check_status, CheckStatus::passed);
    EXPECT_EQ(record.point.threads, gpu ? 0 : 1);
    EXPECT_EQ(run_of(results, record).device == "NVIDIA Made-up", gpu);
  }
}

// Index 0 of NVML is another GPU than that which CUDA calls 0.
TEST_F(GpuSweep, TakesTheEnergyOfItsOwnGpuByUuid) {
  const Results results = run(both());
  for (const Record& record : results.records) {
    const RunInfo& its_run = run_of(results, record);
    const Channel& primary = its_run.channels.at(static_cast<std::size_t>(its_run.primary_channel));
    const bool gpu = record.point.threads == 0;
    EXPECT_EQ(primary.name, gpu ? "nvml/gpu-1" : "nvml/gpu-0");
    if (!gpu) continue;
    EXPECT_EQ(primary.domain, "gpu");
    EXPECT_EQ(record.energy_status, EnergyStatus::measured) << record.reason;
    ASSERT_EQ(record.windows.size(), 2u);
    for (const Window& window : record.windows) {
      EXPECT_GT(window.launches, 0);
      const double seconds = static_cast<double>(window.end_ns - window.begin_ns) * 1e-9;
      for (const ChannelEnergy& energy : window.energy) {
        if (energy.channel != its_run.primary_channel) continue;
        EXPECT_NEAR(energy.gross.value / seconds, 300, 30);
      }
    }
  }
}

// The counter and the integral of the instant power, and what the clocks did.
TEST_F(GpuSweep, StoresBothEnergiesAndTheStatesOfEachWindow) {
  const Results results = run(both());
  for (const Record& record : results.records) {
    if (record.point.threads != 0) continue;
    const std::vector<Channel>& channels = run_of(results, record).channels;
    for (const Window& window : record.windows) {
      std::set<std::string> energies, states;
      for (const ChannelEnergy& energy : window.energy) {
        const Channel& channel = channels.at(static_cast<std::size_t>(energy.channel));
        if (std::isfinite(energy.gross.value)) energies.insert(channel.name);
      }
      for (const ChannelState& state : window.states) {
        states.insert(channels.at(static_cast<std::size_t>(state.channel)).name);
      }
      EXPECT_TRUE(energies.contains("nvml/gpu-1") && energies.contains("nvml/gpu-1/power"));
      for (const char* name : {"sm-clock", "memory-clock", "temperature", "event-reasons"}) {
        EXPECT_TRUE(states.contains(std::string("nvml/gpu-1/") + name)) << name;
      }
    }
  }
}

TEST_F(GpuSweep, SaysInTheProvenanceWhichGpuItWas) {
  const Results results = run(both());
  for (const RunInfo& one : results.runs) {
    const auto facts = nlohmann::json::parse(one.provenance);
    EXPECT_EQ(facts["device"].contains("gpu"), one.device == "NVIDIA Made-up");
    if (!facts["device"].contains("gpu")) continue;
    EXPECT_EQ(facts["device"]["gpu"]["uuid"], nvml::kUuidA);
    EXPECT_EQ(facts["device"]["kind"], "cuda");
  }
}

TEST_F(GpuSweep, RejectsWindowsThatHeatSlowedAndKeepsThoseThatThePowerCapDid) {
  driver->gpu[1].event_reasons = nvml::kReasonSoftwareThermal;
  Sweep sweep = both();
  sweep.groups[0].kernels = {&fake_gpu_kernel()};
  sweep.protocol.window_min = Seconds{0.15};  // event reasons are asked for every 100 ms
  for (const Record& record : run(sweep).records) {
    EXPECT_EQ(record.energy_status, EnergyStatus::invalid);
    for (const Window& window : record.windows) EXPECT_NE(window.invalid & kThrottled, 0u);
  }
  std::filesystem::remove(temporary.path() / "out.h5");
  driver->gpu[1].event_reasons = nvml::kReasonSoftwarePowerCap;
  for (const Record& record : run(sweep).records) {
    EXPECT_EQ(record.energy_status, EnergyStatus::measured) << record.reason;
    for (const Window& window : record.windows) EXPECT_EQ(window.invalid, 0u);
  }
}

TEST_F(GpuSweep, RefusesItsPointsWhereTheGpuDoesNotOpen) {
  const Results results = run(both(), nullptr);
  EXPECT_EQ(summary.ok, 2);
  EXPECT_EQ(summary.refused, 2);
  ASSERT_EQ(results.runs.size(), 1u);
  for (const Record& record : results.records) {
    if (record.point.threads != 0) continue;
    EXPECT_EQ(record.run_status, RunStatus::refused);
    EXPECT_EQ(record.reason, "no GPU: somebody took it away");
  }
}

TEST_F(GpuSweep, TakesNoOtherGpusEnergyForItsOwn) {
  const Results results = run(both(), "GPU-cccccccc-0000-0000-0000-00000000000c");
  for (const Record& record : results.records) {
    if (record.point.threads != 0) continue;
    EXPECT_EQ(record.run_status, RunStatus::ok);
    EXPECT_EQ(record.energy_status, EnergyStatus::unmeasured);
    EXPECT_NE(record.reason.find("GPU-cccccccc"), std::string::npos) << record.reason;
  }
}

TEST_F(GpuSweep, GoesOnWithWhatIsLeftOfEitherDevice) {
  Sweep sweep = both();
  const Results first = run(sweep);
  EXPECT_EQ(first.records.size(), 4u);
  sweep.groups[0].kernels = {&fake_gpu_kernel()};
  RunOptions options;
  options.output = temporary.path() / "out.h5";
  options.root = root;
  options.resume = true;
  options.open_device = [](DeviceKind, std::string&) -> std::unique_ptr<Device> {
    ADD_FAILURE() << "nothing is left to measure";
    return nullptr;
  };
  EXPECT_EQ(run_sweep(sweep, options, [](const Progress&) {}).resumed, 2);
}

}  // namespace
}  // namespace ergon
