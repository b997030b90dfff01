#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/openmp.h"
#include "kernels/error.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"
// This needs it.
#include "kernels/onednn/eltwise.inl.h"

Launch bind(const Binding& binding) {
  const auto form = binding.problem.choice("form") == "erf" ? dnnl::algorithm::eltwise_gelu_erf
                                                            : dnnl::algorithm::eltwise_gelu_tanh;
  return onednn_launch(binding,
                       [&](OnednnExecution& execution) { fill_eltwise(execution, binding, form); });
}

}  // namespace

namespace kernel {
extern const Kernel gelu_onednn = {
    .primitive = "gelu",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN eltwise gelu_erf and gelu_tanh",
    .refuses = refuse_but_f32_or_bf16,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
