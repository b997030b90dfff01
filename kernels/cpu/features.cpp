#include "kernels/cpu/features.h"

#include "kernels/kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace ergon {
namespace {

#if defined(__x86_64__)
bool bit(unsigned word, int position) { return ((word >> position) & 1u) != 0; }

// The register state that the operating system saves at a switch of threads: XCR0 (Intel SDM
// volume 1, 13.3). A CPU with AVX-512 under a system that does not save zmm must not use it.
unsigned saved_state() {
  unsigned low = 0;
  unsigned high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

std::uint32_t detect() {
  constexpr unsigned kYmm = 0x06;  // xmm and the upper halves of ymm
  constexpr unsigned kZmm = 0xe6;  // and opmasks, upper halves of zmm0-15, zmm16-31
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  std::uint32_t features = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return features;
  if (bit(c, 20)) features |= kSse42;
  const bool osxsave = bit(c, 27);
  const unsigned saved = osxsave ? saved_state() : 0;
  const bool ymm = bit(c, 28) && (saved & kYmm) == kYmm;
  if (!ymm) return features;
  if (bit(c, 12)) features |= kFma;
  if (bit(c, 29)) features |= kF16c;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return features;
  if (bit(b, 5)) features |= kAvx2;
  const bool foundation = bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);  // F, DQ, BW, VL
  if (!foundation || (saved & kZmm) != kZmm) return features;
  features |= kAvx512f;
  if (bit(c, 11)) features |= kAvx512Vnni;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && bit(a, 5)) features |= kAvx512Bf16;
  return features;
}
#elif defined(__aarch64__)
std::uint32_t detect() { return kNeon; }  // part of every ARMv8-A
#else
std::uint32_t detect() { return 0; }
#endif

}  // namespace

std::uint32_t cpu_features() {
  static const std::uint32_t features = detect();
  return features;
}

std::string cpu_feature_names(std::uint32_t features) {
  struct Name {
    CpuFeature feature;
    const char* name;
  };
  static constexpr Name kNames[] = {
      {kSse42, "sse4_2"},    {kAvx2, "avx2"},
      {kFma, "fma"},         {kF16c, "f16c"},
      {kAvx512f, "avx512f"}, {kAvx512Bf16, "avx512_bf16"},
      {kNeon, "neon"},       {kAvx512Vnni, "avx512_vnni"},
  };
  std::string line;
  for (const Name& entry : kNames) {
    if ((features & entry.feature) == 0) continue;
    if (!line.empty()) line += ", ";
    line += entry.name;
  }
  return line;
}

}  // namespace ergon
