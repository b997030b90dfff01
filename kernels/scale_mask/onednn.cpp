#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/openmp.h"
#include "kernels/cpu/rows.h"
#include "kernels/error.h"
#include "kernels/kernel.h"
#include "kernels/scale_mask/constants.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"

using Dims = dnnl::memory::dims;
constexpr auto kF32 = dnnl::memory::data_type::f32;
constexpr auto kTag = dnnl::memory::format_tag::abcd;

void fill_scale(OnednnExecution& execution, const Binding& binding) {
  const std::vector<std::int64_t>& extents = binding.problem.extents;
  const dnnl::memory::desc layout(extents, kF32, kTag);
  const dnnl::eltwise_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference, dnnl::algorithm::eltwise_linear, layout,
       kScoreScaleFloat, 0},
      OnednnExecution::attributes(), execution.engine());
  execution.append(dnnl::eltwise_forward(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, execution.memory(layout, floats_of(binding, 0))},
                    {DNNL_ARG_DST, execution.memory(layout, floats_of(binding, 1))}});
}

void fill_scale_and_mask(OnednnExecution& execution, const Binding& binding) {
  const std::vector<std::int64_t>& extents = binding.problem.extents;
  const dnnl::memory::desc layout(extents, kF32, kTag);
  const dnnl::memory::desc masks(Dims{extents[0], 1, 1, extents[3]}, kF32, kTag);
  dnnl::primitive_attr attributes = OnednnExecution::attributes();
  attributes.set_scales(DNNL_ARG_SRC_0, 0, {kScoreScaleFloat});
  const dnnl::binary::primitive_desc description(
      {dnnl::algorithm::binary_add, layout, masks, layout}, attributes, execution.engine());
  execution.append(dnnl::binary(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC_0, execution.memory(layout, floats_of(binding, 0))},
                    {DNNL_ARG_SRC_1, execution.memory(masks, floats_of(binding, 1))},
                    {DNNL_ARG_DST, execution.memory(layout, floats_of(binding, 2))}});
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_f32(problem, weights_packed); !why.empty()) return why;
  return problem.choice("mask") == "causal" ? "oneDNN has no triangular mask" : "";
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding, [&](OnednnExecution& execution) {
    if (binding.problem.choice("mask") == "padding") {
      fill_scale_and_mask(execution, binding);
    } else {
      fill_scale(execution, binding);
    }
  });
}

}  // namespace

namespace kernel {
extern const Kernel scale_mask_onednn = {
    .primitive = "scale_mask",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN eltwise linear; with a padding mask binary add of the scaled scores",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
