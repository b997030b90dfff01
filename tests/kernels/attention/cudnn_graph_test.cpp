#include "kernels/attention/cudnn_graph.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include <array>
#include <list>
#include <string>
#include <string_view>

#include "kernels/kernel.h"

namespace ergon {
namespace {

// What cuDNN knows a GPU by, so that it can be asked without one: that of an A100 or an H200 where
// the two differ.
std::string properties_text(int sm) {
  const bool ampere = sm < 90;
  return R"({"deviceName": "made", "deviceVer": )" + std::to_string(sm * 10) +
         R"(, "multiProcessorCount": )" + (ampere ? "108" : "132") +
         R"(, "maxSharedMemoryPerBlockOptin": )" + (ampere ? "166912" : "232448") +
         R"(, "totalGlobalMem": )" + (ampere ? "42949672960" : "150000000000") +
         R"(, "l2CacheSize": )" + (ampere ? "41943040" : "62914560") +
         R"(, "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
      "regsPerBlock": 65536, "smClockRateKHz": 1980000, "memClockRateKHz": 3201000,
      "warpSize": 32, "maxSharedMemoryPerBlock": 49152, "reservedSharedMemoryPerBlock": 1024,
      "maxRegistersPerSM": 65536, "pciDeviceId": 0, "maxCtasPerSM": 32,
      "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048, "isTccDriver": 0,
      "supportCoopLaunch": 1, "driverVer": 13000, "cudaDeviceId": 0})";
}

struct Gpu {
  explicit Gpu(int sm) {
    const std::string text = properties_text(sm);
    properties
        .set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
             std::span<const char>(text.c_str(), text.size() + 1))
        .finalize();
  }
  CudnnDescriptor properties{CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR};
};

// Asks the real library, which checks graphs against its engines without a GPU, but not without the
// driver's library: where that is absent, NVIDIA's empty one does.
class CudnnAttentionTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (!cudnn_missing().empty()) GTEST_SKIP() << cudnn_missing();
    if (cudnn().version() < 90800) GTEST_SKIP() << cudnn_version() << " needs a GPU to be asked";
    if (::dlopen("libcuda.so.1", RTLD_NOW) == nullptr) {
      ASSERT_NE(::dlopen(ERGON_CUDA_STUB, RTLD_NOW), nullptr) << ::dlerror();
    }
  }

  Problem problem(std::vector<std::int64_t> extents, Dtype dtype, const char* mask) {
    Problem made = make_problem(*primitive::named("attention"), std::move(extents));
    made.dtypes = {dtype, dtype, Dtype::f32, dtype};
    choose(made, "mask", mask);
    return made;
  }
  // What its engines say, where none takes a problem; empty where one does.
  std::string refusal(const Problem& problem, const Gpu& gpu) {
#if defined(__SANITIZE_ADDRESS__)
    const __lsan::ScopedDisabler disabler;  // its heuristics never free what they know
#endif
    const CudnnAttention attention(problem, nullptr);
    if (!attention.configurations(&gpu.properties).empty()) return "";
    char said[1024] = "no engine";
    cudnn().last_error(said, sizeof(said));
    return problem_key(problem) + ": " + said;
  }
};

}  // namespace

TEST_P(CudnnAttentionTest, IsAGraphThatItsEnginesTake) {
  const Gpu gpu(GetParam());
  for (const std::int64_t head_size : {64, 128, 256}) {
    for (const char* mask : {"none", "causal"}) {
      for (const std::int64_t queries : {1, 1000, 2048}) {
        const Problem asked = problem({2, 8, 2, queries, 2048, head_size}, Dtype::bf16, mask);
        EXPECT_EQ(refusal(asked, gpu), "");
      }
    }
  }
}

TEST_P(CudnnAttentionTest, TakesHalvesAndEveryHeadItsOwnKeys) {
  const Gpu gpu(GetParam());
  EXPECT_EQ(refusal(problem({2, 8, 8, 512, 777, 72}, Dtype::f16, "causal"), gpu), "");
}

TEST_P(CudnnAttentionTest, IsRefusedWhereRowsDoNotBeginAtMultiplesOf16Bytes) {
  const Gpu gpu(GetParam());
  EXPECT_NE(refusal(problem({2, 8, 8, 512, 512, 60}, Dtype::f16, "causal"), gpu), "");
}

// The engine compiles its kernel; what is missing here is a driver to load it.
TEST_P(CudnnAttentionTest, HasAPlanThatLacksNothingButADriver) {
#if defined(__SANITIZE_ADDRESS__)
  const __lsan::ScopedDisabler disabler;
#endif
  const Gpu gpu(GetParam());
  for (const char* mask : {"none", "causal"}) {
    const CudnnAttention attention(problem({2, 8, 2, 512, 512, 128}, Dtype::bf16, mask), nullptr);
    const std::list<CudnnDescriptor> configurations = attention.configurations(&gpu.properties);
    EXPECT_FALSE(configurations.empty()) << mask;
    for (const CudnnDescriptor& configuration : configurations) {
      const std::list<CudnnDescriptor> plan = attention.plan(configuration, &gpu.properties);
      if (!plan.empty()) {
        EXPECT_GE(CudnnAttention::workspace_bytes(plan.front()), 0);
        continue;
      }
      std::array<char, 1024> said = {};
      cudnn().last_error(said.data(), said.size());
      EXPECT_NE(std::string_view(said.data()).find("cuLibraryLoadData"), std::string_view::npos)
          << mask << ": " << said.data();
    }
  }
}

TEST_P(CudnnAttentionTest, TakesMemoryToWorkOn) {
  std::array<std::byte, 256> bytes = {};
  std::array<void*, 8> pointers;
  pointers.fill(bytes.data());
  for (const char* mask : {"none", "causal"}) {
    const CudnnAttention attention(problem({2, 8, 2, 512, 512, 128}, Dtype::bf16, mask), nullptr);
    EXPECT_NO_THROW((void)attention.memory(pointers, bytes.data())) << mask;
    EXPECT_NO_THROW((void)attention.memory(pointers, nullptr)) << mask;
  }
}

INSTANTIATE_TEST_SUITE_P(Architectures, CudnnAttentionTest, ::testing::Values(80, 90),
                         [](const auto& each) { return "sm_" + std::to_string(each.param); });

TEST(CudnnKernel, RefusesWhatNoEngineTakes) {
  const Kernel& kernel = *kernel::named("attention/cudnn");
  Problem problem = make_problem(*primitive::named("attention"), {1, 2, 2, 16, 16, 64});
  EXPECT_NE(kernel.refuses(problem, false), "");  // f32
  problem.dtypes = {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16};
  EXPECT_EQ(kernel.refuses(problem, false), "");
  problem.extents.back() = 60;
  EXPECT_EQ(kernel.refuses(problem, false),
            "cuDNN takes head sizes that are multiples of 8, to 256");
}

}  // namespace ergon
