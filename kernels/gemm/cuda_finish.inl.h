#pragma once

// What becomes of sums: bias, GELU, rounding and c; or partial sums, and the sum of these. Of all
// CUDA GEMM kernels.

#include "kernels/cuda/functions.h"
#include "kernels/cuda/lanes.h"
#include "kernels/gemm/cuda_arguments.h"

namespace ergon::ERGON_CUDA {

// So many elements that follow each other, moved at once.
template <class Element, int kCount>
struct alignas(sizeof(Element) * kCount) Run {
  Element at[kCount];
};

// Stores the first `left` of some values that follow each other; in 16 bytes at a time where they
// are all there and `aligned` to their length.
template <class Element, int kCount>
ERGON_LANE void store_run(Element* to, const float (&values)[kCount], int left, bool aligned) {
  constexpr int kAtOnce = 16 / sizeof(Element) < kCount ? 16 / sizeof(Element) : kCount;
  if (aligned && left >= kCount) {
    ERGON_UNROLL
    for (int first = 0; first < kCount; first += kAtOnce) {
      Run<Element, kAtOnce> run;
      ERGON_UNROLL
      for (int i = 0; i < kAtOnce; ++i) run.at[i] = narrow_to<Element>(values[first + i]);
      store_once(reinterpret_cast<Run<Element, kAtOnce>*>(to + first), run);
    }
    return;
  }
  ERGON_UNROLL
  for (int i = 0; i < kCount; ++i) {
    if (i < left) store_once(to + i, narrow_to<Element>(values[i]));
  }
}

// Sums of one row of c from a column on, both inside c; those beyond its last column are dropped.
template <class Element, int kCount>
ERGON_LANE void finish(const CudaGemmArguments& x, int row, int column, float (&sums)[kCount]) {
  const int left = x.n - column;
  const bool aligned = x.n % kCount == 0;
  if (x.bias != nullptr) {
    ERGON_UNROLL
    for (int i = 0; i < kCount; ++i) {
      if (i < left) sums[i] += load_once(x.bias + column + i);
    }
  }
  if (x.gelu) {
    ERGON_UNROLL
    for (int i = 0; i < kCount; ++i) sums[i] = gelu_erf(sums[i]);
  }
  const std::int64_t place = (std::int64_t{block_z()} * x.m + row) * x.n + column;
  if (sizeof(Element) == sizeof(float) || x.wide) {
    store_run(reinterpret_cast<float*>(x.c) + place, sums, left, aligned);
  } else {
    store_run(reinterpret_cast<Element*>(x.c) + place, sums, left, aligned);
  }
}

// Likewise, of the part of k that is block_y().
template <class Element, int kCount>
ERGON_LANE void finish_part(const CudaGemmArguments& x, int row, int column,
                            float (&sums)[kCount]) {
  if (x.partial == nullptr) return finish<Element>(x, row, column, sums);
  const std::int64_t place = (std::int64_t{block_y()} * x.m + row) * x.n + column;
  store_run(x.partial + place, sums, x.n - column, x.n % kCount == 0);
}

// c from the partial sums, added in the order of k: the same bits whatever ran first.
template <class Element>
struct SumOfParts {
  using Arguments = CudaGemmArguments;
  static constexpr int kThreads = 256;
  static constexpr int kBlocks = 4;
  static constexpr int kSm = 53;
  ERGON_LANE static void run(const Arguments& x) {
    const int quads = (x.n + 3) / 4;  // of a row
    const std::int64_t i = std::int64_t{block_x()} * kThreads + thread_index();
    if (i >= std::int64_t{quads} * x.m) return;
    const int row = static_cast<int>(i / quads);
    const int column = static_cast<int>(i % quads) * 4;
    const float* from = x.partial + std::int64_t{row} * x.n + column;
    float sums[4] = {};
    for (int split = 0; split < x.splits; ++split) {
      ERGON_UNROLL
      for (int j = 0; j < 4; ++j) {
        if (column + j < x.n) sums[j] += load_once(from + j);
      }
      from += std::int64_t{x.m} * x.n;
    }
    finish<Element>(x, row, column, sums);
  }
};

}  // namespace ergon::ERGON_CUDA
