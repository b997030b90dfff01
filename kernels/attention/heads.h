#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace ergon {

// What the CPU kernels see of an attention problem. A KV head and the query heads it serves are a
// group; the queries of a group's heads lie one after another, so a group is a matrix of `rows`
// query vectors against one matrix of keys and one of values. Row r of a group is query
// r % queries. Elements are floats or bf16.
template <class Element>
struct HeadsOf {
  std::size_t groups;  // batch x kv_heads
  std::size_t rows;    // heads / kv_heads x queries
  std::size_t queries, keys, head_size;
  bool causal;
  const Element* q;  // groups x rows x head_size
  const Element* k;  // groups x keys x head_size
  const Element* v;  // like k
  Element* out;      // like q

  // Keys that a row sees: the first so many.
  [[nodiscard]] std::size_t seen(std::size_t row) const {
    return causal ? keys - queries + row % queries + 1 : keys;
  }
};
using Heads = HeadsOf<float>;

// The rows from `begin` to `end`, counted through all groups.
struct HeadRows {
  std::size_t begin, end;
};

// How an instruction set does it. `attend` is serial; `scratch` holds scratch_floats(heads) floats,
// 64-byte aligned, and is one thread's own.
template <class Element>
struct AttentionMethod {
  std::size_t (*scratch_floats)(const HeadsOf<Element>&);
  void (*attend)(const HeadsOf<Element>&, HeadRows, float* scratch);
};

// For float and Bf16, both of them.
template <class Element>
[[nodiscard]] HeadsOf<Element> heads_of(const Binding& binding);

// Threads take contiguous rows of about equal cost, which under a causal mask are not equal counts;
// each at least 200,000 FLOPs (2 us), so a small problem runs on one thread.
template <class Element>
[[nodiscard]] Launch bind_attention(const Binding& binding, const AttentionMethod<Element>& method);

}  // namespace ergon
