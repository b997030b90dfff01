#pragma once

#include <string>

#include "kernels/gemm/narrow_tile.h"
#include "kernels/kernel.h"

namespace ergon {

// The dtypes of narrow GEMM: products of bf16 summed in f32, of u8 and i8 in i32.
inline constexpr Dtypes kGemmBf16 = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16};
inline constexpr Dtypes kGemmBf16ToF32 = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::f32};
inline constexpr Dtypes kGemmInt8 = {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::i32};
inline constexpr Dtypes kGemmInt8ToF32 = {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::f32};

// Any shape; b plain or packed at bind; bias, scale and GELU in the last block's store; threads on
// the grid of blocks of c that the f32 kernels take. `instructions` must outlive the launch.
// Scratch is allocated here, none in the launch.
[[nodiscard]] Launch bind_narrow_gemm(const Binding& binding,
                                      const NarrowInstructions& instructions);

}  // namespace ergon
