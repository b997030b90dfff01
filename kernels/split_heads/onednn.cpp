#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/openmp.h"
#include "kernels/cpu/rows.h"
#include "kernels/error.h"
#include "kernels/heads/exchange.h"
#include "kernels/kernel.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"
// This needs it.
#include "kernels/heads/onednn.inl.h"

Launch bind(const Binding& binding) {
  return onednn_launch(
      binding, [&](OnednnExecution& execution) { fill_heads(execution, split_heads_of(binding)); });
}

}  // namespace

namespace kernel {
extern const Kernel split_heads_onednn = {
    .primitive = "split_heads",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN reorder",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
