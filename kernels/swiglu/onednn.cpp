#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/rows.h"
#include "kernels/cpu/team.h"
#include "kernels/error.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"

void fill_swiglu(OnednnExecution& execution, const Binding& binding) {
  const dnnl::memory::desc layout({1, binding.problem.extent("elements")},
                                  dnnl::memory::data_type::f32, dnnl::memory::format_tag::ab);
  dnnl::post_ops product;
  product.append_binary(dnnl::algorithm::binary_mul, layout);
  dnnl::primitive_attr attributes = OnednnExecution::attributes();
  attributes.set_post_ops(product);
  const dnnl::eltwise_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference, dnnl::algorithm::eltwise_swish, layout, 1}, attributes,
      execution.engine());
  execution.append(dnnl::eltwise_forward(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, execution.memory(layout, floats_of(binding, 0))},
                    {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1,
                     execution.memory(layout, floats_of(binding, 1))},
                    {DNNL_ARG_DST, execution.memory(layout, floats_of(binding, 2))}});
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding,
                       [&](OnednnExecution& execution) { fill_swiglu(execution, binding); });
}

}  // namespace

namespace kernel {
extern const Kernel swiglu_onednn = {
    .primitive = "swiglu",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN eltwise swish with a product as post-operation",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
