#pragma once

#include <cstdint>

#include "kernels/cuda/model/block.h"

// What a warp does with matrices: fragments as in the PTX ISA, "Matrix Fragments".
namespace ergon::model {

// ldmatrix. Matrices of 8 x 8 16-bit elements; `count` of them, 1, 2 or 4.
struct MatrixRows {
  std::uint32_t* registers;
  const void* row;
  int count;
  bool transposed;
};
void load_matrices(MatrixRows rows, Call call);

// mma. The accumulators are f32. Products of f16, bf16 and tf32 are exact in f32 (22 bits at most),
// but for those of bf16 and tf32 outside its range; they are added one by one from k = 0, each sum
// rounded to nearest. Hardware adds several at once, aligned to the largest and truncated, in an
// order that NVIDIA does not state: sums that are exact, as those of small integers, are equal, and
// others near.
struct MatrixProduct {
  float* c;
  const std::uint32_t* a;
  const std::uint32_t* b;
};
void multiply_f16(MatrixProduct product, Call call);     // m16n8k16
void multiply_bf16(MatrixProduct product, Call call);    // m16n8k16
void multiply_f16_k8(MatrixProduct product, Call call);  // m16n8k8
void multiply_tf32(MatrixProduct product, Call call);    // m16n8k8

}  // namespace ergon::model
