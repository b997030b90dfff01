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

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"

// Two primitives: with the product as a post-operation oneDNN 2.6 runs its reference code, hundreds
// of times slower.
void fill_swiglu(OnednnExecution& execution, const Binding& binding) {
  const dnnl::memory::desc layout({binding.problem.extent("elements")},
                                  dnnl::memory::data_type::f32, dnnl::memory::format_tag::a);
  const dnnl::memory gate = execution.memory(layout, floats_of(binding, 0));
  const dnnl::memory up = execution.memory(layout, floats_of(binding, 1));
  const dnnl::memory out = execution.memory(layout, floats_of(binding, 2));
  const dnnl::eltwise_forward::primitive_desc swish(
      {dnnl::prop_kind::forward_inference, dnnl::algorithm::eltwise_swish, layout, 1},
      OnednnExecution::attributes(), execution.engine());
  execution.append(dnnl::eltwise_forward(swish), swish.scratchpad_desc(),
                   {{DNNL_ARG_SRC, gate}, {DNNL_ARG_DST, out}});
  const dnnl::binary::primitive_desc product({dnnl::algorithm::binary_mul, layout, layout, layout},
                                             OnednnExecution::attributes(), execution.engine());
  execution.append(dnnl::binary(product), product.scratchpad_desc(),
                   {{DNNL_ARG_SRC_0, out}, {DNNL_ARG_SRC_1, up}, {DNNL_ARG_DST, out}});
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
    .source = "oneDNN eltwise swish, then binary mul in place",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
