#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/openmp.h"
#include "kernels/error.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"

void fill_softmax(OnednnExecution& execution, const Binding& binding) {
  const dnnl::memory::desc layout(
      {binding.problem.extent("rows"), binding.problem.extent("columns")},
      dnnl::memory::data_type::f32, dnnl::memory::format_tag::ab);
  const dnnl::softmax_v2_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference, dnnl::algorithm::softmax_accurate, layout, layout, 1},
      OnednnExecution::attributes(), execution.engine());
  const auto memory = [&](std::size_t i) {
    return execution.memory(layout, binding.operands[i].get());
  };
  execution.append(dnnl::softmax_v2_forward(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, memory(0)}, {DNNL_ARG_DST, memory(1)}});
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (problem.dtypes.out == Dtype::bf16) {
    return "rounds exponentials and results to bf16, which is beyond the tolerance of one rounding";
  }
  return refuse_but_f32(problem, weights_packed);
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding,
                       [&](OnednnExecution& execution) { fill_softmax(execution, binding); });
}

}  // namespace

namespace kernel {
extern const Kernel softmax_onednn = {
    .primitive = "softmax",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN softmax_v2",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
