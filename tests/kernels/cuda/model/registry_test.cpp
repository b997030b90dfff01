#include "kernels/cuda/model/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ostream>
#include <string>
#include <vector>

#include "kernels/check.h"
#include "kernels/cuda/model/model_device.h"
#include "tests/kernels/cuda/awkward_shapes.h"
#include "tests/kernels/guarded_operands.h"

namespace ergon {

void PrintTo(const Kernel* kernel, std::ostream* out) { *out << kernel_id(*kernel); }

namespace {

// ERGON_MODEL_SEEDS, or few enough for every run of the tests.
int seeds_of_run() {
  const char* seeds = std::getenv("ERGON_MODEL_SEEDS");
  return seeds == nullptr ? 3 : std::atoi(seeds);
}

class ModelKernelTest : public ::testing::TestWithParam<const Kernel*> {
 protected:
  // Both launches of one binding, by one seed, onto outputs that held different bytes.
  void launch_twice(const Problem& problem, Placement placement, std::uint64_t seed,
                    std::vector<std::vector<std::byte>>& result) {
    const std::string what =
        problem_key(problem) + ", seed " + std::to_string(seed) +
        (placement == Placement::at_front ? ", at the front" : ", at the back");
    device_.reseed(seed);
    GuardedOperands operands(problem, placement);
    const Launch launch = kernel_.bind({.problem = problem,
                                        .threads = 0,
                                        .weights_packed = false,
                                        .operands = operands.buffers(),
                                        .device = device_});
    for (const int spoil : {0xff, 0x5a}) {
      operands.spoil_output(spoil);
      launch();
      ASSERT_EQ(device_.synchronize(), "") << what;
      const std::vector<std::vector<std::byte>> now = operands.result();
      if (result.empty()) result = now;
      ASSERT_EQ(now.back(), result.back()) << what << ": other bits than before";
      ASSERT_TRUE(operands.only_output_changed()) << what;
    }
  }

  // Odd seeds with the operands at the front.
  void run(const Problem& problem, int seeds) {
    std::vector<std::vector<std::byte>> result;
    for (int seed = 0; seed < seeds; ++seed) {
      launch_twice(problem, seed % 2 == 1 ? Placement::at_front : Placement::at_back,
                   static_cast<std::uint64_t>(seed), result);
      if (HasFatalFailure()) return;
    }
    const Check check = check_output(problem, result, std::int64_t{1} << 40, 1);
    ASSERT_TRUE(check.passed) << problem_key(problem) << ": " << check.worst;
  }

  void run_all(int seeds) {
    const Primitive* primitive = primitive::named(kernel_.primitive);
    ASSERT_NE(primitive, nullptr) << kernel_.primitive;
    int problems = 0;
    for (const Problem& problem : awkward_problems_cuda(*primitive)) {
      if (!kernel_.refuses(problem, false).empty()) continue;
      ++problems;
      run(problem, seeds);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(problems, 0) << "no shape in tests/kernels/cuda/awkward_shapes.cpp that it takes";
  }

  const Kernel& kernel_ = *GetParam();
  model::ModelDevice device_{0};
};

}  // namespace

// Against the reference; operands before and behind a page that faults; the same bits from every
// seed and launch, whatever the output held.
TEST_P(ModelKernelTest, IsRightOnAwkwardShapes) { run_all(seeds_of_run()); }

TEST_P(ModelKernelTest, RefusesForeignDtypesWithAReason) {
  const std::vector<Problem> problems = awkward_problems_cuda(*primitive::named(kernel_.primitive));
  ASSERT_FALSE(problems.empty());
  Problem problem = problems.front();
  problem.dtypes = {.a = Dtype::i4, .b = Dtype::f8e4m3, .accumulate = Dtype::f64, .out = Dtype::u8};
  EXPECT_NE(kernel_.refuses(problem, false), "");
}

INSTANTIATE_TEST_SUITE_P(Registry, ModelKernelTest, ::testing::ValuesIn(model_kernel::all()),
                         [](const auto& each) {
                           std::string name = kernel_id(*each.param);
                           std::ranges::replace(name, '/', '_');
                           return name;
                         });

}  // namespace ergon
