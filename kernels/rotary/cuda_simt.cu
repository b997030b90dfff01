#include "kernels/cuda/rows.h"

namespace ergon::ERGON_CUDA {
namespace {

// Eight lanes a head of a position: kWide elements of either half at a time, 16 bytes where a half
// is a multiple of them, else one. Cosines and sines are read again for every head, out of the
// first-level cache.
template <class Element, int kWide>
struct Rotary : RowGroups<8, 4> {
  struct Arguments {
    const Element* x;
    const Element* cosines;
    const Element* sines;
    Element* out;
    std::int64_t rows, heads, sequence, half;
  };
  static constexpr int kLanes = 8;
  static constexpr int kBlocks = 2;  // 128 registers: four vectors widened take 32

  ERGON_LANE static void turn(const Arguments& arguments, std::int64_t row, std::int64_t position,
                              std::int64_t i) {
    const std::int64_t first = row * 2 * arguments.half + i;
    const std::int64_t angle = position * arguments.half + i;
    float low[kWide], high[kWide], cosine[kWide], sine[kWide];
    read<false>(arguments.x + first, low);
    read<false>(arguments.x + first + arguments.half, high);
    read<true>(arguments.cosines + angle, cosine);
    read<true>(arguments.sines + angle, sine);
    float turned[kWide], turned_high[kWide];
    ERGON_UNROLL
    for (int j = 0; j < kWide; ++j) {
      turned[j] = low[j] * cosine[j] - high[j] * sine[j];
      turned_high[j] = high[j] * cosine[j] + low[j] * sine[j];
    }
    store_elements(arguments.out + first, turned);
    store_elements(arguments.out + first + arguments.half, turned_high);
  }

  template <bool kOften>
  ERGON_LANE static void read(const Element* from, float (&to)[kWide]) {
    if constexpr (kWide == 1) {
      to[0] = widen(kOften ? load_often(from) : load_once(from));
    } else if constexpr (kOften) {
      widen_all<Element>(load_often(vectors_at(from)), to);
    } else {
      widen_all<Element>(load_once(vectors_at(from)), to);
    }
  }

  ERGON_LANE static void run(const Arguments& x) {
    each_row(x.rows, [&](std::int64_t row, int lane) {
      if (row == x.rows) return;
      const std::int64_t position = row / x.heads % x.sequence;
      for (std::int64_t i = lane * kWide; i < x.half; i += kLanes * kWide) {
        turn(x, row, position, i);
      }
    });
  }
};

template <class Element, int kWide>
[[nodiscard]] Launch launch_turns(const Binding& binding) {
  const Problem& problem = binding.problem;
  const std::int64_t heads = problem.extent("heads");
  const std::int64_t sequence = problem.extent("sequence");
  const typename Rotary<Element, kWide>::Arguments arguments = {
      .x = operand<Element>(binding, 0),
      .cosines = operand<Element>(binding, 1),
      .sines = operand<Element>(binding, 2),
      .out = operand<Element>(binding, 3),
      .rows = problem.extent("batch") * sequence * heads,
      .heads = heads,
      .sequence = sequence,
      .half = problem.extent("head_size") / 2};
  return launch_groups<Rotary<Element, kWide>>(binding, arguments.rows, arguments);
}

Launch bind(const Binding& binding) {
  return of_element(binding.problem, [&]<class Element>(Element) {
    constexpr int kWide = Vector<Element>::kCount;
    const bool whole = binding.problem.extent("head_size") / 2 % kWide == 0;
    return whole ? launch_turns<Element, kWide>(binding) : launch_turns<Element, 1>(binding);
  });
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel rotary_cuda_simt = {
    .primitive = "rotary",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "eight lanes a head, vectors of 16 bytes of both halves",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
