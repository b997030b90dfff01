#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/network/description.h"
#include "kernels/problem.h"

namespace ergon {

enum class Phase : std::uint8_t { encode, prefill, decode };
enum class AttentionForm : std::uint8_t { composed, fused };
enum class Elementwise : std::uint8_t { fused, eager };

// What a network is asked to do.
struct Workload {
  std::vector<Phase> phases{};  // empty: encode, or prefill for a decoder
  std::int64_t batch = 1;
  std::int64_t sequence = 128;  // tokens of each input
  // decode: tokens in the cache before the step; -1: the input's, where prefill comes before it.
  std::int64_t past = -1;
  std::int64_t steps = 1;  // decode: tokens made, one after the other
  Dtypes dtypes{};
  // fused: one primitive, attention; composed: scores, scale and mask, softmax and context apart.
  AttentionForm attention = AttentionForm::composed;
  // fused: scale and mask, GELU, SwiGLU, RMS norm and rotation are a launch each; eager: every
  // arithmetic operation over an array is one, as a framework without a compiler runs them.
  Elementwise elementwise = Elementwise::fused;
};

// A module or, where it has a problem, an operation: one launch of a primitive.
struct Node {
  std::string name{};        // "layer.3", "query"
  std::string_view kind{};   // "layer", "attention"; of an operation its primitive
  int parent = -1, end = 0;  // the subtree of node i is the nodes i + 1 .. end - 1
  int depth = 0;
  Problem problem{};            // primitive is null in a module
  std::int64_t parameters = 0;  // that are this operation's own; not those tied to another's
  [[nodiscard]] bool is_operation() const { return problem.primitive != nullptr; }
};

// A tree of modules down to primitives, nodes in the order in which they run (pre-order). It holds
// every operation that moves bytes; views that move none (a reshape, a split of one matrix product
// into three) are left out.
struct Network {
  std::string name{};
  std::vector<Node> nodes{};

  // "bert-base/layer.3/attention/query".
  [[nodiscard]] std::string path(int node) const;
};

// The tree of `description` (rules worked out or not) under a workload. Throws Error for a phase
// that the kind does not have, more tokens than the context, or extents whose product is too large.
[[nodiscard]] Network build_network(const NetworkDescription& description,
                                    const Workload& workload);

struct NetworkCounts {
  std::int64_t operations = 0;
  std::int64_t parameters = 0;
  std::int64_t flops = 0, specials = 0, bytes = 0;
};
[[nodiscard]] NetworkCounts counts_of(const Network& network);

[[nodiscard]] std::string_view phase_name(Phase);  // "prefill"

}  // namespace ergon
