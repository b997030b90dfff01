#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include <fmt/format.h>

#include "kernels/attention/heads.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/openmp.h"
#include "kernels/error.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"

using Tag = dnnl::memory::format_tag;
using Dims = dnnl::memory::dims;
constexpr auto kF32 = dnnl::memory::data_type::f32;

// groups x rows x columns, or with the last two exchanged in memory.
dnnl::memory::desc matrix(std::size_t groups, std::size_t rows, std::size_t columns, Tag tag) {
  return {Dims{static_cast<std::int64_t>(groups), static_cast<std::int64_t>(rows),
               static_cast<std::int64_t>(columns)},
          kF32, tag};
}

// What the mask adds to the scores, the same for every group: 0 where the row sees the key.
dnnl::memory make_mask(const OnednnExecution& execution, const Heads& heads) {
  dnnl::memory mask = execution.memory(matrix(1, heads.rows, heads.keys, Tag::abc), nullptr);
  auto* to = static_cast<float*>(mask.get_data_handle());
  for (std::size_t row = 0; row < heads.rows; ++row) {
    for (std::size_t key = 0; key < heads.keys; ++key) {
      to[row * heads.keys + key] =
          key < heads.seen(row) ? 0 : -std::numeric_limits<float>::infinity();
    }
  }
  return mask;
}

// scores = q k^T / sqrt(head_size).
void append_scores(OnednnExecution& execution, const Heads& heads, const dnnl::memory& scores) {
  const auto queries = matrix(heads.groups, heads.rows, heads.head_size, Tag::abc);
  const auto keys = matrix(heads.groups, heads.head_size, heads.keys, Tag::acb);
  dnnl::primitive_attr attributes = OnednnExecution::attributes();
  attributes.set_output_scales(0, {1 / std::sqrt(static_cast<float>(heads.head_size))});
  const dnnl::matmul::primitive_desc description({queries, keys, scores.get_desc()}, attributes,
                                                 execution.engine());
  execution.append(dnnl::matmul(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, execution.memory(queries, const_cast<float*>(heads.q))},
                    {DNNL_ARG_WEIGHTS, execution.memory(keys, const_cast<float*>(heads.k))},
                    {DNNL_ARG_DST, scores}});
}

// A primitive of its own: as a post-operation of the matmul, a mask that is the same for all groups
// sends oneDNN 2.6 to its reference code, a thousand times slower.
void append_mask(OnednnExecution& execution, const Heads& heads, const dnnl::memory& scores) {
  const dnnl::memory mask = make_mask(execution, heads);
  const dnnl::binary::primitive_desc description(
      {dnnl::algorithm::binary_add, scores.get_desc(), mask.get_desc(), scores.get_desc()},
      OnednnExecution::attributes(), execution.engine());
  execution.append(dnnl::binary(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC_0, scores}, {DNNL_ARG_SRC_1, mask}, {DNNL_ARG_DST, scores}});
}

void append_softmax(OnednnExecution& execution, const dnnl::memory& scores) {
  const dnnl::softmax_v2_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference, dnnl::algorithm::softmax_accurate, scores.get_desc(),
       scores.get_desc(), 2},
      OnednnExecution::attributes(), execution.engine());
  execution.append(dnnl::softmax_v2_forward(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, scores}, {DNNL_ARG_DST, scores}});
}

// out = scores v.
void append_values(OnednnExecution& execution, const Heads& heads, const dnnl::memory& scores) {
  const auto values = matrix(heads.groups, heads.keys, heads.head_size, Tag::abc);
  const auto out = matrix(heads.groups, heads.rows, heads.head_size, Tag::abc);
  const dnnl::matmul::primitive_desc description({scores.get_desc(), values, out},
                                                 OnednnExecution::attributes(), execution.engine());
  execution.append(dnnl::matmul(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, scores},
                    {DNNL_ARG_WEIGHTS, execution.memory(values, const_cast<float*>(heads.v))},
                    {DNNL_ARG_DST, execution.memory(out, heads.out)}});
}

void fill_attention(OnednnExecution& execution, const Heads& heads) {
  const dnnl::memory scores =
      execution.memory(matrix(heads.groups, heads.rows, heads.keys, Tag::abc), nullptr);
  append_scores(execution, heads, scores);
  if (heads.causal) append_mask(execution, heads, scores);
  append_softmax(execution, scores);
  append_values(execution, heads, scores);
}

std::string refuses(const Problem& problem, bool weights_packed) {
  constexpr std::int64_t kScoresMax = std::int64_t{1} << 30;  // 4 GiB
  if (problem.dtypes.out == Dtype::bf16) {
    return "its product takes weights rounded to bf16, which is beyond the tolerance of sums in "
           "f32";
  }
  if (std::string why = refuse_but_f32(problem, weights_packed); !why.empty()) return why;
  std::int64_t scores = 1;
  for (const char* axis : {"batch", "heads", "queries", "keys"}) {
    if (__builtin_mul_overflow(scores, problem.extent(axis), &scores) || scores > kScoresMax) {
      return fmt::format("holds all scores at once; takes at most {}", kScoresMax);
    }
  }
  return {};
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding, [&](OnednnExecution& execution) {
    fill_attention(execution, heads_of<float>(binding));
  });
}

}  // namespace

namespace kernel {
extern const Kernel attention_onednn = {
    .primitive = "attention",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN matmul, softmax_v2 and matmul over all scores, kept in memory",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
