#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/kernel.h"

namespace ergon {

// What the words that a probe reads are.
enum class ProbeInput : std::uint8_t {
  bits,            // random bits
  f16_integers,    // two halves of -8 to 8, exact in sums of thousands
  bf16_integers,   // the same in bf16
  f32_integers,    // floats of -8 to 8
  f32_boundaries,  // floats at, beside and half-way between the numbers of 16-bit formats
  f32_spread,      // floats of 2^-20 to 2^20 of either sign
  f32_small        // floats of -30 to 30
};

// A few device primitives (kernels/cuda/lanes.h) in one launch, compiled by both compilers: what a
// GPU writes is held against what the functional model writes.
struct Probe {
  std::string_view name;
  ProbeInput input;
  int words;  // of 32 bits, in and out alike
  int ulps;   // that floats may differ by; 0: every bit is the same
  int sm;     // the least architecture
  Launch (*bind)(Device& device, const std::uint32_t* in, std::uint32_t* out);
};

}  // namespace ergon

namespace ergon::hardware {
[[nodiscard]] std::span<const Probe> probes();
}
namespace ergon::model {
[[nodiscard]] std::span<const Probe> probes();
}
