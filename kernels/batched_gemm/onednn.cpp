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

void fill_matmul(OnednnExecution& execution, const Binding& binding) {
  using tag = dnnl::memory::format_tag;
  constexpr auto kF32 = dnnl::memory::data_type::f32;
  const Problem& problem = binding.problem;
  const std::int64_t batch = problem.extent("batch");
  const std::int64_t m = problem.extent("m");
  const std::int64_t n = problem.extent("n");
  const std::int64_t k = problem.extent("k");
  const bool transposed = problem.choice("transpose_b") == "yes";
  const dnnl::memory::desc a({batch, m, k}, kF32, tag::abc);
  const dnnl::memory::desc b({batch, k, n}, kF32, transposed ? tag::acb : tag::abc);
  const dnnl::memory::desc c({batch, m, n}, kF32, tag::abc);
  const dnnl::matmul::primitive_desc description({a, b, c}, OnednnExecution::attributes(),
                                                 execution.engine());
  execution.append(dnnl::matmul(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, execution.memory(a, floats_of(binding, 0))},
                    {DNNL_ARG_WEIGHTS, execution.memory(b, floats_of(binding, 1))},
                    {DNNL_ARG_DST, execution.memory(c, floats_of(binding, 2))}});
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding,
                       [&](OnednnExecution& execution) { fill_matmul(execution, binding); });
}

}  // namespace

namespace kernel {
extern const Kernel batched_gemm_onednn = {
    .primitive = "batched_gemm",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN matmul of three dimensions",
    .refuses = refuse_but_f32,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
