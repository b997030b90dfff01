#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include "kernels/cpu/team.h"
#include "kernels/error.h"
#include "kernels/gemm/arguments.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"

using tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;

// Where oneDNN may choose the weights' layout, it asks for one of its own.
dnnl::matmul::primitive_desc describe(const OnednnExecution& execution, const GemmArguments& gemm,
                                      tag weights_tag) {
  const dnnl::memory::desc a({gemm.m, gemm.k}, kF32, tag::ab);
  const dnnl::memory::desc b({gemm.k, gemm.n}, kF32, weights_tag);
  const dnnl::memory::desc bias({1, gemm.n}, kF32, tag::ab);
  const dnnl::memory::desc c({gemm.m, gemm.n}, kF32, tag::ab);
  dnnl::primitive_attr attributes = OnednnExecution::attributes();
  if (gemm.gelu) {
    dnnl::post_ops epilogue;
    epilogue.append_eltwise(1, dnnl::algorithm::eltwise_gelu_erf, 0, 0);
    attributes.set_post_ops(epilogue);
  }
  const dnnl::matmul::desc operation =
      gemm.bias == nullptr ? dnnl::matmul::desc(a, b, c) : dnnl::matmul::desc(a, b, bias, c);
  return {operation, attributes, execution.engine()};
}

void fill_matmul(OnednnExecution& execution, const GemmArguments& gemm, bool weights_packed) {
  const tag plain_tag = gemm.transposed ? tag::ba : tag::ab;
  const auto description = describe(execution, gemm, weights_packed ? tag::any : plain_tag);
  // Memories know no const; inputs are only read.
  const auto memory = [&](const dnnl::memory::desc& layout, const float* data) {
    return execution.memory(layout, const_cast<float*>(data));
  };
  dnnl::memory plain = memory({{gemm.k, gemm.n}, kF32, plain_tag}, gemm.b);
  dnnl::memory weights = plain;
  if (description.weights_desc() != plain.get_desc()) {
    weights = execution.memory(description.weights_desc(), nullptr);
    dnnl::stream stream(execution.engine());
    dnnl::reorder(plain, weights).execute(stream, plain, weights);
    stream.wait();
  }
  std::vector<std::pair<int, dnnl::memory>> arguments = {
      {DNNL_ARG_SRC, memory(description.src_desc(), gemm.a)},
      {DNNL_ARG_WEIGHTS, weights},
      {DNNL_ARG_DST, memory(description.dst_desc(), gemm.c)}};
  if (gemm.bias != nullptr) {
    arguments.emplace_back(DNNL_ARG_BIAS, memory(description.bias_desc(), gemm.bias));
  }
  execution.append(dnnl::matmul(description), description.scratchpad_desc(), std::move(arguments));
}

std::string refuses(const Problem& problem, bool /*weights_packed*/) {
  return refuse_dtypes_but({}, problem);
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding, [&](OnednnExecution& execution) {
    fill_matmul(execution, gemm_arguments(binding), binding.weights_packed);
  });
}

}  // namespace

namespace kernel {
extern const Kernel gemm_onednn = {
    .primitive = "gemm",
    .name = "onednn",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "oneDNN matmul; packed weights in the layout it asks for",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
    .version = onednn_version,
};
}  // namespace kernel

}  // namespace ergon
