#pragma once

#include <algorithm>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/vector.h"

namespace ergon::ERGON_CUDA {

// out[i] = Function::of(in[0][i], ...) over packed elements, of one input or two, computed in f32.
// A thread has 64 bytes on their way before it uses the first, so a multiprocessor, with 1024
// threads, 64 KB: at 4.8 TB/s over 132 multiprocessors and 0.8 microseconds of latency, 29 KB are
// needed. Threads take vectors in turn, so that a problem of any size is shared to a vector.
// Function::kMoves says that elements are moved as they are.
template <class Function, class Element, int kInputs>
struct Elementwise {
  struct Arguments {
    const Element* in[kInputs];
    Element* out;
    std::int64_t count;
  };
  static constexpr int kThreads = 256;
  static constexpr int kBlocks = 4;
  static constexpr int kSm = 53;
  static constexpr int kUnroll = 4 / kInputs;
  using V = Vector<Element>;

  ERGON_LANE static float of(const float (&x)[kInputs]) {
    if constexpr (kInputs == 1) {
      return Function::of(x[0]);
    } else {
      return Function::of(x[0], x[1]);
    }
  }

  ERGON_LANE static V of(const V (&in)[kInputs]) {
    if constexpr (Function::kMoves) {
      return in[0];
    } else {
      float numbers[kInputs][V::kCount], results[V::kCount];
      ERGON_UNROLL
      for (int j = 0; j < kInputs; ++j) widen_all<Element>(in[j], numbers[j]);
      ERGON_UNROLL
      for (int i = 0; i < V::kCount; ++i) {
        float x[kInputs];
        ERGON_UNROLL
        for (int j = 0; j < kInputs; ++j) x[j] = numbers[j][i];
        results[i] = of(x);
      }
      return narrow_all<Element>(results);
    }
  }

  // One element behind the last whole vector.
  ERGON_LANE static void run_single(const Arguments& x, std::int64_t i) {
    if constexpr (Function::kMoves) {
      store_once(x.out + i, load_once(x.in[0] + i));
    } else {
      float numbers[kInputs];
      ERGON_UNROLL
      for (int j = 0; j < kInputs; ++j) numbers[j] = widen(load_once(x.in[j] + i));
      store_once(x.out + i, narrow_to<Element>(of(numbers)));
    }
  }

  // kUnroll vectors, `stride` apart. Those past the end are left out where kWhole does not promise
  // that there are none.
  template <bool kWhole>
  ERGON_LANE static void run_vectors(const Arguments& x, std::int64_t first, std::int64_t stride,
                                     std::int64_t vectors) {
    V in[kUnroll][kInputs];
    ERGON_UNROLL
    for (int u = 0; u < kUnroll; ++u) {
      const std::int64_t i = first + u * stride;
      if (!kWhole && i >= vectors) continue;
      ERGON_UNROLL
      for (int j = 0; j < kInputs; ++j) in[u][j] = load_once(vectors_at(x.in[j]) + i);
    }
    ERGON_UNROLL
    for (int u = 0; u < kUnroll; ++u) {
      const std::int64_t i = first + u * stride;
      if (!kWhole && i >= vectors) continue;
      store_once(vectors_at(x.out) + i, of(in[u]));
    }
  }

  ERGON_LANE static void run(const Arguments& x) {
    const std::int64_t vectors = x.count / V::kCount;
    const std::int64_t stride = std::int64_t{blocks_x()} * kThreads;
    const std::int64_t thread = std::int64_t{block_x()} * kThreads + thread_index();
    std::int64_t i = thread;
    for (; i + (kUnroll - 1) * stride < vectors; i += kUnroll * stride) {
      run_vectors<true>(x, i, stride, vectors);
    }
    if (i < vectors) run_vectors<false>(x, i, stride, vectors);
    const std::int64_t single = vectors * V::kCount + thread;
    if (single < x.count) run_single(x, single);
  }
};

// Of `count` elements of each operand: inputs first, then the output.
template <class Function, int kInputs, class Element>
[[nodiscard]] Launch launch_elementwise(const Binding& binding, std::int64_t count) {
  using Kernel = Elementwise<Function, Element, kInputs>;
  typename Kernel::Arguments arguments = {};
  for (std::size_t j = 0; j < kInputs; ++j) arguments.in[j] = operand<Element>(binding, j);
  arguments.out = operand<Element>(binding, kInputs);
  arguments.count = count;
  const std::int64_t needed = (count / Kernel::V::kCount + Kernel::kThreads) / Kernel::kThreads;
  const std::int64_t resident = multiprocessors(binding) * Kernel::kBlocks;
  return make_launch<Kernel>(binding.device, {.x = std::min(needed, resident)}, arguments);
}

// Kernel::bind of a primitive with the axis `elements`.
template <class Function, int kInputs>
[[nodiscard]] Launch bind_elementwise(const Binding& binding) {
  return of_element(binding.problem, [&]<class Element>(Element) {
    return launch_elementwise<Function, kInputs, Element>(binding,
                                                          binding.problem.extent("elements"));
  });
}

}  // namespace ergon::ERGON_CUDA
