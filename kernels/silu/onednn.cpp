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
// This needs it.
#include "kernels/onednn/eltwise.inl.h"

Launch bind(const Binding& binding) {
  return onednn_launch(binding, [&](OnednnExecution& execution) {
    fill_eltwise(execution, binding, dnnl::algorithm::eltwise_swish, 1);
  });
}

}  // namespace

namespace kernel {
extern const Kernel silu_onednn = {
    .primitive = "silu",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN eltwise swish",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
