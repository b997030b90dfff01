#include "kernels/cuda/model/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
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

// Shared memory that one block may ask for, by compute capability: CUDA C++ Programming Guide,
// "Technical Specifications per Compute Capability".
struct Architecture {
  int sm, kilobytes;
};
constexpr Architecture kArchitectures[] = {{75, 64},  {80, 163},  {86, 99},   {87, 163}, {89, 99},
                                           {90, 227}, {100, 227}, {110, 227}, {120, 99}};

// Shapes that take the largest tiles.
std::vector<Problem> large_problems(const Primitive& primitive) {
  std::vector<std::vector<std::int64_t>> extents;
  if (primitive.name == "gemm") extents = {{4096, 4096, 4096}, {16, 4096, 4096}};
  if (primitive.name == "batched_gemm") extents = {{16, 2048, 2048, 128}};
  if (primitive.name == "attention") {
    for (const std::int64_t head : {64, 128, 256}) {
      extents.push_back({1, 32, 8, 4096, 4096, head});
      extents.push_back({1, 32, 8, 1, 8192, head});
    }
  }
  std::vector<Problem> problems;
  const std::vector<Problem> all = awkward_problems_cuda(primitive);
  for (const Problem& like : all) {
    if (like.extents != all.front().extents) continue;  // once in each dtype and option
    for (const std::vector<std::int64_t>& each : extents) {
      problems.push_back(like);
      problems.back().extents = each;
    }
  }
  return problems;
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

// Binding asks for the dynamic shared memory of every launch, and the model gives what hardware
// does.
TEST_P(ModelKernelTest, FitsTheSharedMemoryOfEveryArchitecture) {
  const Primitive& primitive = *primitive::named(kernel_.primitive);
  std::vector<Problem> problems = awkward_problems_cuda(primitive);
  std::ranges::copy(large_problems(primitive), std::back_inserter(problems));
  const std::vector<Buffer> operands(8);  // which binding does not look into
  for (const auto& [sm, kilobytes] : kArchitectures) {
    if (sm < kernel_.requirement.sm_min) continue;
    CudaProperties properties = model::model_properties();
    properties.sm = sm;
    properties.multiprocessors = 100;
    properties.shared_bytes_max = static_cast<std::size_t>(kilobytes) << 10;
    model::ModelDevice device(0, properties);
    for (const Problem& problem : problems) {
      if (!kernel_.refuses(problem, false).empty()) continue;
      EXPECT_NO_THROW((void)kernel_.bind({.problem = problem,
                                          .threads = 0,
                                          .weights_packed = false,
                                          .operands = operands,
                                          .device = device}))
          << problem_key(problem) << " on sm_" << sm;
    }
  }
}

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
