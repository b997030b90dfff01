#include <benchmark/benchmark.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "bench/micro.h"
#include "harness/config/plan.h"
#include "harness/run/part_run.h"
#include "kernels/error.h"

namespace {

constexpr const char* kUsage =
    "ergon_micro [SWEEP.yaml] [--benchmark_...]: the points of a sweep through Google Benchmark,\n"
    "for time only; without a sweep every kernel on a few shapes (configs/micro.yaml).\n"
    "  ergon_micro --benchmark_filter=gemm.*avx512 --benchmark_min_time=0.1\n"
    "Results with energy, checks and provenance: ergon run.\n";

void run(const std::string& sweep) {
  const std::unique_ptr<ergon::Device> cpu = ergon::open_cpu();
  std::string no_gpu;  // kernels say it too
  const std::unique_ptr<ergon::Device> gpu = ergon::open_device(ergon::DeviceKind::cuda, no_gpu);
  const ergon::Plan plan = ergon::make_plan(ergon::read_sweep(sweep));
  for (const ergon::Point& point : plan.points) {
    const bool on_gpu = point.kernel->device == ergon::DeviceKind::cuda && gpu != nullptr;
    ergon::Device& device = on_gpu ? *gpu : *cpu;
    benchmark::RegisterBenchmark(ergon::micro_name(point).c_str(), [&point, &device](
                                                                       benchmark::State& state) {
      ergon::micro_run(state, point, device);
    })->UseRealTime();
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    benchmark::Initialize(&argc, argv, [] { std::fputs(kUsage, stdout); });
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
      throw ergon::Error(std::string("ergon_micro: unexpected argument ") + argv[argc - 1] + "\n" +
                         kUsage);
    }
    run(argc == 2 ? argv[1] : ERGON_MICRO_SWEEP);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
