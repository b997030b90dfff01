#pragma once

#include "kernels/cuda/rows.h"
#include "kernels/norm/epsilon.h"

// Layernorm and rmsnorm on a GPU. A group of threads holds a row of up to 64 KB in registers, so
// memory is read once and written once; a longer one is read again by its block for every sum and
// for the result, out of the L2 cache as far as it goes. The variance is summed around the mean,
// since the sum of squares less the square of the mean cancels.
namespace ergon::ERGON_CUDA {

template <class Element>
struct NormArguments {
  const Element* x;
  const Element* gamma;
  const Element* beta;  // of layernorm only
  Element* out;
  std::int64_t rows, columns;
};

// kCentred: layernorm; else rmsnorm.
template <bool kCentred>
struct NormOfRow {
  float mean = 0;
  float scale = 0;

  ERGON_LANE void set_scale(float squares, std::int64_t columns) {
    scale = rsqrt_fast(squares / static_cast<float>(columns) + kNormEpsilonFloat);
  }

  // Of a row's elements from `column` on. Gamma and beta begin at 16 bytes: where the row does not,
  // their vectors do not lie below its own.
  template <class Element, int kCount>
  ERGON_LANE void apply(const NormArguments<Element>& norm, std::int64_t column,
                        float (&v)[kCount]) const {
    float gamma[kCount], beta[kCount] = {};
    read(norm.gamma, column, gamma);
    if constexpr (kCentred) read(norm.beta, column, beta);
    ERGON_UNROLL
    for (int i = 0; i < kCount; ++i) {
      v[i] = kCentred ? fma((v[i] - mean) * scale, gamma[i], beta[i]) : v[i] * scale * gamma[i];
    }
  }

  // All rows read the same: kept in the first-level cache.
  template <class Element, int kCount>
  ERGON_LANE static void read(const Element* from, std::int64_t column, float (&to)[kCount]) {
    if constexpr (kCount == Vector<Element>::kCount) {
      if (column % kCount == 0) {
        widen_all<Element>(load_often(vectors_at(from + column)), to);
        return;
      }
    }
    ERGON_UNROLL
    for (int i = 0; i < kCount; ++i) to[i] = widen(load_often(from + column + i));
  }
};

struct SumOf {
  float sum = 0;
  template <int kCount>
  ERGON_LANE void add(const float (&v)[kCount]) {
    ERGON_UNROLL
    for (int i = 0; i < kCount; ++i) sum += v[i];
  }
  template <int kCount>
  ERGON_LANE void add_squares(const float (&v)[kCount], float center) {
    ERGON_UNROLL
    for (int i = 0; i < kCount; ++i) sum = fma(v[i] - center, v[i] - center, sum);
  }
};

template <bool kCentred, class Element, int kLanes, int kVectors>
struct NormRows : RowGroups<kLanes, kVectors> {
  using Arguments = NormArguments<Element>;

  ERGON_LANE static void run(const Arguments& norm) {
    auto* slots = reinterpret_cast<float*>(shared_memory());
    RowGroups<kLanes, kVectors>::each_row(norm.rows, [&](std::int64_t row, int lane) {
      const std::int64_t offset = row * norm.columns;
      const Run<Element> run(offset, row < norm.rows ? norm.columns : 0);
      const RowPart<Element, kLanes, kVectors> part(norm.x + offset, run, lane);
      NormOfRow<kCentred> of;
      if constexpr (kCentred) {
        SumOf all;
        part.each([&](const auto& v, std::int64_t) { all.add(v); });
        of.mean = combine_group<Plus, kLanes>(all.sum, slots) / static_cast<float>(norm.columns);
      }
      SumOf squares;
      part.each([&](const auto& v, std::int64_t) { squares.add_squares(v, of.mean); });
      of.set_scale(combine_group<Plus, kLanes>(squares.sum, slots + kGroupSlots), norm.columns);
      if constexpr (!kCentred && kLanes > 32) block_barrier();
      part.store(norm.out + offset,
                 [&](auto& v, std::int64_t column) { of.apply(norm, column, v); });
    });
  }
};

template <bool kCentred, class Element>
struct NormLongRows : RowGroups<1024, 2> {
  using Arguments = NormArguments<Element>;

  ERGON_LANE static void run(const Arguments& norm) {
    auto* slots = reinterpret_cast<float*>(shared_memory());
    each_row(norm.rows, [&](std::int64_t row, int lane) {
      const std::int64_t offset = row * norm.columns;
      const Run<Element> run(offset, norm.columns);
      const Element* x = norm.x + offset;
      NormOfRow<kCentred> of;
      if constexpr (kCentred) {
        SumOf all;
        stream_run<Element, 1024, 2>(x, run, lane,
                                     [&](const auto& v, std::int64_t) { all.add(v); });
        of.mean = combine_group<Plus, 1024>(all.sum, slots) / static_cast<float>(norm.columns);
      }
      SumOf squares;
      stream_run<Element, 1024, 2>(
          x, run, lane, [&](const auto& v, std::int64_t) { squares.add_squares(v, of.mean); });
      of.set_scale(combine_group<Plus, 1024>(squares.sum, slots + kGroupSlots), norm.columns);
      if constexpr (!kCentred) block_barrier();
      stream_run<Element, 1024, 2>(x, run, lane, [&](auto& v, std::int64_t column) {
        of.apply(norm, column, v);
        store_elements(norm.out + offset + column, v);
      });
    });
  }
};

template <class Element, int kLanes, int kVectors>
using LayernormRows = NormRows<true, Element, kLanes, kVectors>;
template <class Element, int kLanes, int kVectors>
using RmsnormRows = NormRows<false, Element, kLanes, kVectors>;

template <bool kCentred, class Element>
[[nodiscard]] Launch launch_norm(const Binding& binding) {
  const NormArguments<Element> arguments = {
      .x = operand<Element>(binding, 0),
      .gamma = operand<Element>(binding, 1),
      .beta = kCentred ? operand<Element>(binding, 2) : nullptr,
      .out = operand<Element>(binding, kCentred ? 3 : 2),
      .rows = binding.problem.extent("rows"),
      .columns = binding.problem.extent("columns")};
  if (arguments.columns > kRowHeldMax<Element, 4>) {
    return launch_groups<NormLongRows<kCentred, Element>>(binding, arguments.rows, arguments);
  }
  if constexpr (kCentred) {
    return launch_rows<LayernormRows, Element, 4>(binding, arguments.rows, arguments.columns,
                                                  arguments);
  } else {
    return launch_rows<RmsnormRows, Element, 4>(binding, arguments.rows, arguments.columns,
                                                arguments);
  }
}

}  // namespace ergon::ERGON_CUDA
