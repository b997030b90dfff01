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
#include "kernels/norm/epsilon.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"

void fill_layernorm(OnednnExecution& execution, const Binding& binding) {
  const std::int64_t columns = binding.problem.extent("columns");
  const dnnl::memory::desc layout({binding.problem.extent("rows"), columns},
                                  dnnl::memory::data_type::f32, dnnl::memory::format_tag::ab);
  const dnnl::memory::desc weights({columns}, dnnl::memory::data_type::f32,
                                   dnnl::memory::format_tag::a);
  const auto flags = dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
  const dnnl::layer_normalization_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference, layout, kNormEpsilonFloat, flags},
      OnednnExecution::attributes(), execution.engine());
  execution.append(dnnl::layer_normalization_forward(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, execution.memory(layout, floats_of(binding, 0))},
                    {DNNL_ARG_SCALE, execution.memory(weights, floats_of(binding, 1))},
                    {DNNL_ARG_SHIFT, execution.memory(weights, floats_of(binding, 2))},
                    {DNNL_ARG_DST, execution.memory(layout, floats_of(binding, 3))}});
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding,
                       [&](OnednnExecution& execution) { fill_layernorm(execution, binding); });
}

}  // namespace

namespace kernel {
extern const Kernel layernorm_onednn = {
    .primitive = "layernorm",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN layer_normalization with scale and shift",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
