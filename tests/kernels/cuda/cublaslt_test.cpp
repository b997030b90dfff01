#include "kernels/cuda/cublaslt.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "kernels/check.h"
#include "tests/kernels/awkward_shapes.h"
#include "tests/kernels/cuda/fake_cublaslt.h"
#include "tests/kernels/cuda/host_gpu.h"
#include "tests/kernels/operands.h"

namespace ergon {
namespace {

constexpr Dtypes kTf32 = {Dtype::tf32, Dtype::tf32, Dtype::f32, Dtype::f32};
constexpr Dtypes kF16 = {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16};
constexpr Dtypes kBf16 = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16};

// Of a problem, its operands on a host that passes for a GPU.
struct Bound {
  Bound(HostGpu& gpu, const Kernel& kernel, const Problem& of) : problem(of), gpu_(gpu) {
    for (std::vector<std::byte>& operand : bytes) {
      buffers.push_back(gpu.allocate(operand.size(), 0));
      gpu.upload(buffers.back(), operand);
    }
    launch = kernel.bind({.problem = problem,
                          .threads = 0,
                          .weights_packed = false,
                          .operands = buffers,
                          .device = gpu});
  }
  // The operands with the output that a launch leaves over NaN.
  std::vector<std::vector<std::byte>> result() {
    std::fill_n(buffers.back().get(), bytes.back().size(), std::byte{0xff});
    launch();
    std::vector<std::vector<std::byte>> all = bytes;
    gpu_.download(all.back(), buffers.back());
    return all;
  }

  const Problem problem;
  std::vector<std::vector<std::byte>> bytes = make_operands(problem, 7);
  std::vector<Buffer> buffers;
  Launch launch;

 private:
  HostGpu& gpu_;
};

class CublasLtTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("ERGON_CUBLASLT_LIBRARY", ERGON_FAKE_CUBLASLT, 1);  // before the first call
    ASSERT_EQ(cublaslt_missing(), "");
    void* library = ::dlopen(ERGON_FAKE_CUBLASLT, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << ::dlerror();
    fake_ = reinterpret_cast<FakeCublasLtControl>(::dlsym(library, "fake_cublaslt"))();
    ASSERT_EQ(fake_->live, 0);
    *fake_ = {};
  }
  void TearDown() override { EXPECT_EQ(fake_->live, 0) << "a descriptor that nobody destroyed"; }

  // Every awkward shape that plain loops are done with soon, in every dtype that is taken.
  int check_all(const char* id) {
    const Kernel& kernel = *kernel::named(id);
    int cases = 0;
    for (Problem problem : awkward_problems(*primitive::named(kernel.primitive))) {
      if (problem.dtypes != Dtypes{} || problem.primitive->work(problem).flops > 100'000) continue;
      for (const Dtypes& dtypes : {Dtypes{}, kTf32, kF16, kBf16}) {
        problem.dtypes = dtypes;
        if (!kernel.refuses(problem, false).empty()) continue;
        ++cases;
        const Check check =
            check_output(problem, Bound(gpu_, kernel, problem).result(), std::int64_t{1} << 40, 1);
        EXPECT_TRUE(check.passed) << problem_key(problem) << ": " << check.worst;
        EXPECT_EQ(gpu_.synchronize(), "");
        EXPECT_EQ(fake_->stream, gpu_.stream());
      }
    }
    return cases;
  }

  Problem gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
    return make_problem(*primitive::named("gemm"), {m, n, k});
  }

  FakeCublasLt* fake_ = nullptr;
  HostGpu gpu_;
  const Kernel& kernel_ = *kernel::named("gemm/cublaslt");
};

}  // namespace

TEST_F(CublasLtTest, GivesTheProductsOfRowsAsThoseOfColumns) {
  EXPECT_GT(check_all("gemm/cublaslt"), 50);
}

TEST_F(CublasLtTest, GivesTheProductsOfABatch) {
  EXPECT_GT(check_all("batched_gemm/cublaslt"), 10);
}

TEST_F(CublasLtTest, TakesTheFastestOfWhatIsProposedAndRuns) {
  fake_->slow_ms = 20;
  Bound bound(gpu_, kernel_, gemm(3, 5, 7));
  bound.launch();
  EXPECT_EQ(fake_->launched_last, FakeCublasLt::kFast);
}

TEST_F(CublasLtTest, ChoosesOnceForAShapeAndSharesTheWorkspace) {
  Bound first(gpu_, kernel_, gemm(3, 5, 7));
  const std::int64_t queries = fake_->queries;
  const int allocations = gpu_.allocations;
  Bound again(gpu_, kernel_, gemm(3, 5, 7));
  EXPECT_EQ(fake_->queries, queries);
  EXPECT_EQ(gpu_.allocations, allocations + 3);  // its operands
  Bound other(gpu_, kernel_, gemm(5, 3, 7));
  EXPECT_EQ(fake_->queries, queries + 2);  // pedantic and not
}

TEST_F(CublasLtTest, SaysThatALaunchFailed) {
  Bound bound(gpu_, kernel_, gemm(3, 5, 7));
  fake_->fails = true;
  bound.launch();
  EXPECT_EQ(gpu_.synchronize(), "the launch failed");
}

TEST_F(CublasLtTest, SaysWhichProductItCannotDo) {
  fake_->supports = false;
  try {
    Bound bound(gpu_, kernel_, gemm(3, 5, 7));
    FAIL() << "bound what the library cannot do";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cuBLASLt has no algorithm for f32 f32 f32 1 3 5 7 plain on host; leave the point "
              "out, or give it another kernel");
  }
}

TEST_F(CublasLtTest, RefusesWhatItsEpiloguesAreNot) {
  Problem problem = gemm(3, 5, 7);
  choose(problem, "epilogue", "gelu");
  EXPECT_EQ(kernel_.refuses(problem, false), "cuBLASLt's GELU is by tanh, this one by erf");
  choose(problem, "epilogue", "none");
  choose(problem, "bias", "yes");
  EXPECT_EQ(kernel_.refuses(problem, false), "");
  problem.dtypes = kBf16;
  EXPECT_EQ(kernel_.refuses(problem, false),
            "cuBLASLt's bias has the output's dtype, this one's is f32");
}

TEST_F(CublasLtTest, NamesItsVersion) { EXPECT_EQ(cublaslt_version(), "cuBLASLt 13.1.0"); }

TEST_F(CublasLtTest, MayNotComputeF32OtherwiseBehindOurBack) {
  ::setenv("CUBLAS_EMULATE_SINGLE_PRECISION", "1", 1);
  EXPECT_EQ(cublaslt_missing(),
            "CUBLAS_EMULATE_SINGLE_PRECISION is set, and f32 would not be computed in f32; unset "
            "it");
  ::unsetenv("CUBLAS_EMULATE_SINGLE_PRECISION");
}

}  // namespace ergon
