#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace ergon {

// What every f32 GEMM kernel takes from its binding; row-major and packed.
struct GemmArguments {
  std::int64_t m, n, k;
  bool transposed;  // b is n x k, else k x n
  bool gelu;
  const float* a;  // m x k
  const float* b;
  const float* bias;  // n; null where there is none
  float* c;           // m x n
};
[[nodiscard]] GemmArguments gemm_arguments(const Binding& binding);

// Where the operands are, whatever their dtypes.
struct GemmOperands {
  std::byte* a;
  std::byte* b;
  std::byte* bias;  // null where there is none
  float* scale;     // a factor a column of c; null but where integer sums become floats
  std::byte* c;
};
[[nodiscard]] GemmOperands gemm_operands(const Binding& binding);

}  // namespace ergon
