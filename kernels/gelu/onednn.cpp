#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/team.h"
#include "kernels/error.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"

void fill_gelu(OnednnExecution& execution, const Binding& binding) {
  const dnnl::memory::desc layout({binding.problem.extent("elements")},
                                  dnnl::memory::data_type::f32, dnnl::memory::format_tag::a);
  const auto form = binding.problem.choice("form") == "erf" ? dnnl::algorithm::eltwise_gelu_erf
                                                            : dnnl::algorithm::eltwise_gelu_tanh;
  const dnnl::eltwise_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference, form, layout}, OnednnExecution::attributes(),
      execution.engine());
  const auto memory = [&](std::size_t i) {
    return execution.memory(layout, reinterpret_cast<float*>(binding.operands[i].get()));
  };
  execution.append(dnnl::eltwise_forward(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, memory(0)}, {DNNL_ARG_DST, memory(1)}});
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding, [&](OnednnExecution& execution) { fill_gelu(execution, binding); });
}

}  // namespace

namespace kernel {
extern const Kernel gelu_onednn = {
    .primitive = "gelu",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN eltwise gelu_erf and gelu_tanh",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
