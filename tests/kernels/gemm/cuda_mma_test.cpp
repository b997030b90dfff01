#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/check.h"
#include "kernels/cuda/model/model_device.h"
#include "kernels/cuda/model/registry.h"
#include "tests/kernels/guarded_operands.h"

// What the awkward shapes do not reach of gemm's CUDA kernels: large tiles, which the plan takes
// where multiprocessors are few, the way of older architectures, and whatever random shapes find.
namespace ergon {
namespace {

const Kernel& kernel_named(std::string_view id) {
  for (const Kernel* kernel : model_kernel::all()) {
    if (kernel_id(*kernel) == id) return *kernel;
  }
  throw Error("no kernel " + std::string(id) + " on the model");
}

constexpr Dtypes kDtypesOfGemm[] = {{},
                                    {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16},
                                    {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::f32},
                                    {Dtype::tf32, Dtype::tf32, Dtype::f32, Dtype::f32}};

Problem make_gemm(const Dtypes& dtypes, const std::vector<std::int64_t>& extents, bool transposed,
                  bool epilogue) {
  Problem problem = make_problem(*primitive::named("gemm"), extents);
  problem.dtypes = dtypes;
  choose(problem, "transpose_b", transposed ? "yes" : "no");
  choose(problem, "bias", epilogue ? "yes" : "no");
  choose(problem, "epilogue", epilogue ? "gelu" : "none");
  return problem;
}

void expect_right(const Kernel& kernel, const Problem& problem, const CudaProperties& properties,
                  std::uint64_t seed) {
  if (!kernel.refuses(problem, false).empty()) return;
  const std::string what = kernel_id(kernel) + ", " + problem_key(problem);
  model::ModelDevice device(seed, properties);
  GuardedOperands operands(problem, seed % 2 == 0 ? Placement::at_back : Placement::at_front);
  operands.spoil_output(0xff);
  kernel.bind({.problem = problem,
               .threads = 0,
               .weights_packed = false,
               .operands = operands.buffers(),
               .device = device})();
  ASSERT_EQ(device.synchronize(), "") << what;
  ASSERT_TRUE(operands.only_output_changed()) << what;
  const std::vector<std::vector<std::byte>> result = operands.result();
  const Check check = check_output(problem, result, std::int64_t{1} << 40, 1);
  ASSERT_TRUE(check.passed) << what << ": " << check.worst;
}

}  // namespace

TEST(CudaGemm, LargeTilesAreRight) {
  CudaProperties one = model::model_properties();
  one.multiprocessors = 1;
  std::uint64_t seed = 1;
  for (const std::string_view id : {"gemm/cuda_simt", "gemm/cuda_mma"}) {
    for (const Dtypes& dtypes : kDtypesOfGemm) {
      for (const bool transposed : {false, true}) {
        for (const bool epilogue : {false, true}) {
          expect_right(kernel_named(id), make_gemm(dtypes, {120, 120, 72}, transposed, epilogue),
                       one, seed++);
          expect_right(kernel_named(id), make_gemm(dtypes, {200, 456, 104}, transposed, epilogue),
                       one, seed++);
        }
      }
    }
  }
}

TEST(CudaGemm, IsRightOnOlderArchitectures) {
  CudaProperties turing = model::model_properties();
  turing.sm = 75;
  for (const bool transposed : {false, true}) {
    for (const std::int64_t k : {33, 64, 100}) {
      expect_right(kernel_named("gemm/cuda_simt"), make_gemm({}, {70, 68, k}, transposed, false),
                   turing, static_cast<std::uint64_t>(k));
    }
  }
}

TEST(CudaGemm, IsRightOnRandomShapes) {
  std::mt19937 random(20);
  std::uniform_int_distribution<std::int64_t> extent(1, 150);
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const std::vector<std::int64_t> extents = {extent(random), extent(random), extent(random)};
    const bool transposed = random() % 2 == 0, epilogue = random() % 2 == 0;
    for (const Dtypes& dtypes : kDtypesOfGemm) {
      for (const std::string_view id : {"gemm/cuda_simt", "gemm/cuda_mma"}) {
        expect_right(kernel_named(id), make_gemm(dtypes, extents, transposed, epilogue),
                     model::model_properties(), seed);
      }
    }
  }
}

}  // namespace ergon
