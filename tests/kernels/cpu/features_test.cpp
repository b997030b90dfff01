#include "kernels/cpu/features.h"

#include <gtest/gtest.h>

#include "kernels/kernel.h"

namespace ergon {

TEST(CpuFeatures, AreNamedAsTheSystemSpellsThem) {
  EXPECT_EQ(cpu_feature_names(kAvx512f | kAvx512Bf16), "avx512f, avx512_bf16");
  EXPECT_EQ(cpu_feature_names(0), "");
}

#if defined(__x86_64__)
// The compiler's own detection is a second way to the same answer, the system's part included.
TEST(CpuFeatures, AgreeWithTheCompilersDetection) {
  __builtin_cpu_init();
  const std::uint32_t features = cpu_features();
  EXPECT_EQ((features & kSse42) != 0, __builtin_cpu_supports("sse4.2") != 0);
  EXPECT_EQ((features & kAvx2) != 0, __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ((features & kFma) != 0, __builtin_cpu_supports("fma") != 0);
  EXPECT_EQ((features & kAvx512Vnni) != 0, __builtin_cpu_supports("avx512vnni") != 0);
  const bool all = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  EXPECT_EQ((features & kAvx512f) != 0, all);
}
#endif

}  // namespace ergon
