#include "kernels/heads/exchange.h"

#include "kernels/cpu/rows.h"

namespace ergon {
namespace {

// in: batch x outer x inner rows; out: batch x inner x outer rows.
struct Exchange {
  std::int64_t outer, inner;
};

Launch bind_exchange(const Binding& binding, Exchange sizes, ElementwiseFunction copy) {
  const float* in = floats_of(binding, 0);
  float* out = floats_of(binding, 1);
  const std::int64_t row = binding.problem.extent("head_size");
  const auto [outer, inner] = sizes;
  // A group of rows: those of out that share batch and inner index, `outer` of them.
  const std::int64_t rows = binding.problem.extent("batch") * inner * outer;
  return bind_rows(binding, rows, row, [=](std::int64_t begin, std::int64_t end) {
    std::int64_t i = begin % outer;
    std::int64_t j = begin / outer % inner;
    std::int64_t first = begin / (outer * inner) * (outer * inner);  // of this batch entry
    for (std::int64_t to = begin; to < end; ++to) {
      copy(in + (first + i * inner + j) * row, out + to * row, row);
      if (++i < outer) continue;
      i = 0;
      if (++j < inner) continue;
      j = 0;
      first += outer * inner;
    }
  });
}

}  // namespace

Launch bind_split_heads(const Binding& binding, ElementwiseFunction copy) {
  return bind_exchange(binding,
                       {binding.problem.extent("sequence"), binding.problem.extent("heads")}, copy);
}

Launch bind_merge_heads(const Binding& binding, ElementwiseFunction copy) {
  return bind_exchange(binding,
                       {binding.problem.extent("heads"), binding.problem.extent("sequence")}, copy);
}

}  // namespace ergon
