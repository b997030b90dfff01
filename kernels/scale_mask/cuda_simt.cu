#include "kernels/cuda/rows.h"
#include "kernels/scale_mask/constants.h"

namespace ergon::ERGON_CUDA {
namespace {

// A warp a row of scores, four vectors of each lane on their way. What a causal mask hides is
// written and not read.
template <class Element>
struct ScaleMask : RowGroups<32, 4> {
  struct Arguments {
    const Element* scores;
    const Element* mask;  // batch x keys, of a padding mask; else null
    Element* out;
    std::int64_t rows, rows_of_batch, queries, keys;
    bool causal;
  };

  ERGON_LANE static void scale_seen(const Arguments& x, std::int64_t row, std::int64_t seen,
                                    int lane) {
    const std::int64_t offset = row * x.keys;
    const Element* mask = x.mask == nullptr ? nullptr : x.mask + row / x.rows_of_batch * x.keys;
    stream_run<Element, 32, 4>(x.scores + offset, Run<Element>(offset, seen), lane,
                               [&](auto& v, std::int64_t key) {
                                 const Element* bias = mask == nullptr ? nullptr : mask + key;
                                 for (float& each : v) {
                                   each *= kScoreScaleFloat;
                                   if (bias != nullptr) each += widen(load_often(bias++));
                                 }
                                 store_elements(x.out + offset + key, v);
                               });
  }

  ERGON_LANE static void fill_hidden(const Arguments& x, std::int64_t row, std::int64_t seen,
                                     int lane) {
    const std::int64_t offset = row * x.keys + seen;
    const Run<Element> run(offset, x.keys - seen);
    float hidden[Vector<Element>::kCount], one[1] = {kScoreMaskedFloat};
    for (float& each : hidden) each = kScoreMaskedFloat;
    for (std::int64_t i = lane; i < run.vectors; i += 32) {
      store_elements(x.out + offset + run.vector(i), hidden);
    }
    if (lane < run.edges) store_elements(x.out + offset + run.edge(lane), one);
  }

  ERGON_LANE static void run(const Arguments& x) {
    each_row(x.rows, [&](std::int64_t row, int lane) {
      if (row == x.rows) return;
      const std::int64_t hidden = x.causal ? x.queries - row % x.queries - 1 : 0;
      scale_seen(x, row, x.keys - hidden, lane);
      fill_hidden(x, row, x.keys - hidden, lane);
    });
  }
};

template <class Element>
[[nodiscard]] Launch launch_scale_mask(const Binding& binding) {
  const Problem& problem = binding.problem;
  const std::string_view mask = problem.choice("mask");
  const std::int64_t rows_of_batch = problem.extent("heads") * problem.extent("queries");
  const bool padding = mask == "padding";
  const typename ScaleMask<Element>::Arguments arguments = {
      .scores = operand<Element>(binding, 0),
      .mask = padding ? operand<Element>(binding, 1) : nullptr,
      .out = operand<Element>(binding, padding ? 2 : 1),
      .rows = problem.extent("batch") * rows_of_batch,
      .rows_of_batch = rows_of_batch,
      .queries = problem.extent("queries"),
      .keys = problem.extent("keys"),
      .causal = mask == "causal"};
  return launch_groups<ScaleMask<Element>>(binding, arguments.rows, arguments);
}

Launch bind(const Binding& binding) {
  return of_element(binding.problem,
                    [&]<class Element>(Element) { return launch_scale_mask<Element>(binding); });
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel scale_mask_cuda_simt = {
    .primitive = "scale_mask",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "a warp a row, vectors of 16 bytes; masked scores are not read",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
