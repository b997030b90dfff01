#pragma once

#include <string>

#include "kernels/gemm/arguments.h"

namespace ergon {

// cblas_sgemm of a library with 32-bit extents; declared here, so that building needs no BLAS.
using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                       float alpha, const float* a, int lda, const float* b, int ldb, float beta,
                       float* c, int ldc);

// What cblas_sgemm cannot do: other dtypes, packed weights, a bias, an epilogue, large extents.
[[nodiscard]] std::string refuse_but_sgemm(const Problem& problem, bool weights_packed);

// c = a b by the library's function.
void call_sgemm(Sgemm sgemm, const GemmArguments& gemm);

}  // namespace ergon
