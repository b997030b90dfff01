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

void fill_sum(OnednnExecution& execution, const Binding& binding) {
  const dnnl::memory::desc layout({binding.problem.extent("elements")},
                                  dnnl::memory::data_type::f32, dnnl::memory::format_tag::a);
  const dnnl::binary::primitive_desc description(
      {dnnl::algorithm::binary_add, layout, layout, layout}, OnednnExecution::attributes(),
      execution.engine());
  execution.append(dnnl::binary(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC_0, execution.memory(layout, floats_of(binding, 0))},
                    {DNNL_ARG_SRC_1, execution.memory(layout, floats_of(binding, 1))},
                    {DNNL_ARG_DST, execution.memory(layout, floats_of(binding, 2))}});
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding, [&](OnednnExecution& execution) { fill_sum(execution, binding); });
}

}  // namespace

namespace kernel {
extern const Kernel residual_add_onednn = {
    .primitive = "residual_add",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN binary add",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
