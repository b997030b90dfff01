#pragma once

#include <cstdint>
#include <string>

namespace ergon {

// What this CPU has and this operating system lets programs use; bits of CpuFeature.
[[nodiscard]] std::uint32_t cpu_features();

// "avx512f, avx512_bf16": names as /proc/cpuinfo spells them.
[[nodiscard]] std::string cpu_feature_names(std::uint32_t features);

}  // namespace ergon
