#pragma once

#include "kernels/cuda/moved_rows.h"

namespace ergon::ERGON_CUDA {

// split_heads and merge_heads: out[b, j, i] = in[b, i, j], rows that stay whole; in is batch x
// outer x inner rows, out batch x inner x outer.
struct HeadExchange {
  std::int64_t outer, inner;
  ERGON_LANE std::int64_t of(std::int64_t row) const {
    const std::int64_t i = row % outer;
    const std::int64_t j = row / outer % inner;
    return row - (j * outer + i) + i * inner + j;
  }
};

[[nodiscard]] inline Launch bind_heads(const Binding& binding, std::string_view outer,
                                       std::string_view inner) {
  const Problem& problem = binding.problem;
  const HeadExchange heads = {.outer = problem.extent(outer), .inner = problem.extent(inner)};
  return launch_moved_rows(binding, operand<std::byte>(binding, 0), operand<std::byte>(binding, 1),
                           problem.extent("batch") * heads.outer * heads.inner,
                           dtype_bytes(problem.dtypes.out, problem.extent("head_size")), heads);
}

}  // namespace ergon::ERGON_CUDA
