#include "kernels/scale_mask/rows.h"

#include "kernels/cpu/rows.h"

namespace ergon {

Launch bind_scale_mask(const Binding& binding, ScaleMaskFunction function) {
  const Problem& problem = binding.problem;
  const std::int64_t queries = problem.extent("queries");
  const std::int64_t keys = problem.extent("keys");
  const std::int64_t batch_rows = problem.extent("heads") * queries;
  const bool causal = problem.choice("mask") == "causal";
  const bool padding = problem.choice("mask") == "padding";
  const float* scores = floats_of(binding, 0);
  const float* masks = padding ? floats_of(binding, 1) : nullptr;
  float* out = floats_of(binding, padding ? 2 : 1);
  if (!causal && !padding) {  // rows are all alike: a thread's are one
    return bind_rows(binding, problem.extent("batch") * batch_rows, keys,
                     [=](std::int64_t begin, std::int64_t end) {
                       const std::int64_t count = (end - begin) * keys;
                       function({.scores = scores + begin * keys,
                                 .mask = nullptr,
                                 .out = out + begin * keys,
                                 .keys = count,
                                 .seen = count});
                     });
  }
  return bind_rows(
      binding, problem.extent("batch") * batch_rows, keys,
      [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          function({.scores = scores + row * keys,
                    .mask = masks == nullptr ? nullptr : masks + row / batch_rows * keys,
                    .out = out + row * keys,
                    .keys = keys,
                    .seen = causal ? keys - queries + row % queries + 1 : keys});
        }
      });
}

}  // namespace ergon
