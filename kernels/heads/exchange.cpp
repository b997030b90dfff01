#include "kernels/heads/exchange.h"

#include "kernels/cpu/rows.h"

namespace ergon {
namespace {

HeadExchange exchange_of(const Binding& binding, std::string_view outer, std::string_view inner) {
  const Problem& problem = binding.problem;
  return {.batch = problem.extent("batch"),
          .outer = problem.extent(outer),
          .inner = problem.extent(inner),
          .row = problem.extent("head_size"),
          .in = floats_of(binding, 0),
          .out = floats_of(binding, 1)};
}

}  // namespace

HeadExchange split_heads_of(const Binding& binding) {
  return exchange_of(binding, "sequence", "heads");
}

HeadExchange merge_heads_of(const Binding& binding) {
  return exchange_of(binding, "heads", "sequence");
}

Launch bind_heads(const Binding& binding, const HeadExchange& heads, HeadFunction function) {
  return bind_rows(binding, heads.batch * heads.outer * heads.inner, heads.row,
                   [=](std::int64_t begin, std::int64_t end) { function(heads, begin, end); });
}

}  // namespace ergon
