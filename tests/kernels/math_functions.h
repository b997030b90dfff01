#pragma once

#include <cstdint>
#include <string_view>

namespace ergon {

// The vector functions of kernels/math over arrays, as one instruction set computes them.
struct MathFunctions {
  std::string_view name;
  std::uint32_t cpu_features;  // what the machine must have
  using Function = void (*)(const float* in, float* out, std::int64_t count);
  Function exp2, gelu_erf, gelu_tanh, silu, tanh;
};

#if defined(__x86_64__)
extern const MathFunctions kMathAvx2;
extern const MathFunctions kMathAvx512;
#endif

}  // namespace ergon
