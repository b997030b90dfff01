#include "harness/run/gpu_load.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "kernels/error.h"
#include "tests/harness/run/fake_gpu.h"

namespace ergon {
namespace {

std::atomic<int>& launches() {
  static std::atomic<int> count{0};
  return count;
}

Point counting_point(Launch (*bind)(const Binding&)) {
  static Kernel kernel;
  kernel = fake_gpu_kernel();
  kernel.bind = bind;
  Point point;
  point.problem = {primitive::named("gemm"), {}, {4, 4, 4}, {0, 0, 0}};
  point.kernel = &kernel;
  point.threads = 0;
  return point;
}

Launch count_launches(const Binding&) {
  return [] { ++launches(); };
}

void wait_for_more(int than) {
  for (int seen = launches(); seen <= than; seen = launches()) std::this_thread::yield();
}

TEST(SwitchedGpu, LaunchesWhileItIsOnAndNotWhileItIsOff) {
  FakeGpu gpu("GPU-1");
  GpuLoad load(gpu, counting_point(count_launches));
  for (int round = 0; round < 20; ++round) {
    const int before = launches();
    load.on();
    wait_for_more(before + 10);
    load.off();
    const int after = launches();
    std::this_thread::yield();
    EXPECT_EQ(launches(), after);
  }
}

TEST(SwitchedGpu, SaysWhyItCannotBeBound) {
  FakeGpu gpu("GPU-1");
  const Point point = counting_point(
      [](const Binding&) -> Launch { throw Error("no code for this architecture"); });
  try {
    const GpuLoad load(gpu, point);
    FAIL() << "it was bound";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no code for this architecture");
  }
}

}  // namespace
}  // namespace ergon
