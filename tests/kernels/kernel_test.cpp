#include "kernels/kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "kernels/check.h"
#include "kernels/cpu/team.h"
#include "tests/kernels/allocations.h"
#include "tests/kernels/awkward_shapes.h"
#include "tests/kernels/guarded.h"
#include "tests/kernels/guarded_operands.h"

namespace ergon {

// What GoogleTest shows of a test's parameter.
void PrintTo(const Kernel* kernel, std::ostream* out) { *out << kernel_id(*kernel); }

namespace {

std::vector<const Kernel*> cpu_kernels() {
  std::vector<const Kernel*> kernels;
  for (const Kernel* kernel : kernel::all()) {
    if (kernel->device == DeviceKind::cpu) kernels.push_back(kernel);
  }
  return kernels;
}

std::unique_ptr<Device> open_cpu() {
  std::string why_not;
  for (const DeviceType* type : device::all()) {
    if (type->kind == DeviceKind::cpu) return type->open(0, why_not);
  }
  return nullptr;
}

struct Case {
  Problem problem;
  int threads;
  bool weights_packed;
};

std::string describe(const Case& test) {
  return problem_key(test.problem) + ", " + std::to_string(test.threads) + " threads" +
         (test.weights_packed ? ", packed" : "");
}

class KernelTest : public ::testing::TestWithParam<const Kernel*> {
 protected:
  void SetUp() override {
    const std::string why = kernel_unavailable(kernel_);
    if (!why.empty()) GTEST_SKIP() << why;
  }

  // Calls f for every awkward problem that the kernel takes.
  template <class Function>
  void for_each_case(const Function& f) {
    const Primitive* primitive = primitive::named(kernel_.primitive);
    ASSERT_NE(primitive, nullptr) << kernel_.primitive;
    int cases = 0;
    for (const Problem& problem : awkward_problems(*primitive)) {
      for (const bool packed : {false, true}) {
        if (!kernel_.refuses(problem, packed).empty()) continue;
        for (const int threads : {1, 2}) {
          ++cases;
          f(Case{problem, threads, packed});
          if (HasFatalFailure()) return;
        }
      }
    }
    EXPECT_GT(cases, 0) << "no shape in tests/kernels/awkward_shapes.cpp that it takes";
  }

  // Binds and launches twice over different spoils, without an allocation or a change to anything
  // but the output; the operands with the output.
  void launch_twice(const Case& test, Placement placement,
                    std::vector<std::vector<std::byte>>& result) {
    const std::string what =
        describe(test) + (placement == Placement::at_front ? ", at the front" : ", at the back");
    GuardedOperands operands(test.problem, placement);
    const Launch launch = kernel_.bind({.problem = test.problem,
                                        .threads = test.threads,
                                        .weights_packed = test.weights_packed,
                                        .operands = operands.buffers(),
                                        .device = *device_});
    prepare_team(test.threads);
    for (const int spoil : {0xff, 0x5a}) {
      operands.spoil_output(spoil);
      const std::int64_t allocations = allocation_count();
      ASSERT_NO_THROW(launch()) << what;
      // What a library does inside is its own affair.
      if (kernel_.version == nullptr) {
        ASSERT_EQ(allocation_count(), allocations) << what;
      }
      ASSERT_EQ(device_->synchronize(), "");
      const std::vector<std::vector<std::byte>> now = operands.result();
      if (result.empty()) result = now;
      ASSERT_EQ(now.back(), result.back()) << what << ": other bits than before";
      ASSERT_TRUE(operands.only_output_changed()) << what;
    }
  }

  void run(const Case& test) {
    std::vector<std::vector<std::byte>> result;
    for (const Placement placement : {Placement::at_back, Placement::at_front}) {
      launch_twice(test, placement, result);
      if (HasFatalFailure()) return;
    }
    const Check check = check_output(test.problem, result, std::int64_t{1} << 40, 1);
    ASSERT_TRUE(check.passed) << describe(test) << ": " << check.worst;
  }

  const Kernel& kernel_ = *GetParam();
  std::unique_ptr<Device> device_ = open_cpu();
};

}  // namespace

// Against the reference; with every operand once before a guard page and once behind one; the same
// bits from each launch, whatever the output held; no allocation and no exception in a launch.
TEST_P(KernelTest, IsRightOnAwkwardShapes) {
  for_each_case([&](const Case& test) { run(test); });
}

TEST_P(KernelTest, RefusesForeignDtypesWithAReason) {
  const Primitive* primitive = primitive::named(kernel_.primitive);
  ASSERT_NE(primitive, nullptr);
  const std::vector<Problem> problems = awkward_problems(*primitive);
  ASSERT_FALSE(problems.empty());
  Problem problem = problems.front();
  problem.dtypes = {.a = Dtype::i4, .b = Dtype::f8e4m3, .accumulate = Dtype::f64, .out = Dtype::u8};
  EXPECT_NE(kernel_.refuses(problem, false), "");
}

INSTANTIATE_TEST_SUITE_P(Registry, KernelTest, ::testing::ValuesIn(cpu_kernels()),
                         [](const auto& each) {
                           std::string name = kernel_id(*each.param);
                           std::ranges::replace(name, '/', '_');
                           return name;
                         });

// What the kernels' tests stand on.
TEST(Guarded, FaultsBeforeAndBehindAndSeesWhatIsWrittenBetween) {
  const Guarded front(100, Placement::at_front), back(128, Placement::at_back);
  volatile std::byte* before = front.buffer().get() - 1;
  EXPECT_DEATH((void)*before, "");
  volatile std::byte* behind = back.buffer().get() + 128;
  EXPECT_DEATH((void)*behind, "");
  EXPECT_TRUE(front.surroundings_intact());
  front.buffer().get()[100] = std::byte{0};
  EXPECT_FALSE(front.surroundings_intact());
}

TEST(Kernel, IdsAreUniqueAndFound) {
  std::set<std::string> ids;
  for (const Kernel* kernel : kernel::all()) {
    EXPECT_TRUE(ids.insert(kernel_id(*kernel)).second) << kernel_id(*kernel);
    EXPECT_EQ(kernel::named(kernel_id(*kernel)), kernel);
    EXPECT_NE(primitive::named(kernel->primitive), nullptr) << kernel_id(*kernel);
  }
  EXPECT_EQ(kernel::named("gemm/cray"), nullptr);
}

TEST(Kernel, NamesTheCpuFeatureThatIsMissing) {
#if defined(__x86_64__)
  Kernel kernel = *kernel::named("gemm/reference");
  kernel.requirement.cpu_features = kNeon;
  EXPECT_EQ(kernel_unavailable(kernel), "this CPU has no neon");
#else
  Kernel kernel = *kernel::named("gemm/reference");
  kernel.requirement.cpu_features = kAvx512f;
  EXPECT_EQ(kernel_unavailable(kernel), "this CPU has no avx512f");
#endif
}

TEST(Kernel, ReferenceRefusesWhatWouldTakeTooLong) {
  const Kernel& kernel = *kernel::named("gemm/reference");
  const Problem problem = make_problem(*primitive::named("gemm"), {1024, 1024, 1024});
  EXPECT_EQ(kernel.refuses(problem, false), "too slow for 2.15 GFLOP; takes at most 1");
}

}  // namespace ergon
