#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include "kernels/cpu/openmp.h"
#include "kernels/error.h"
#include "kernels/gemm/arguments.h"
#include "kernels/gemm/narrow.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

#include "kernels/onednn/execution.inl.h"

using tag = dnnl::memory::format_tag;

// A product as oneDNN describes it.
struct Matmul {
  const Problem& problem;
  GemmOperands operands;
  std::int64_t m, n, k;
  tag weights_tag;  // of b as it is

  [[nodiscard]] dnnl::memory::desc matrix(std::int64_t rows, std::int64_t columns, Dtype dtype,
                                          tag layout) const {
    return {{rows, columns}, onednn_dtype(dtype), layout};
  }
  [[nodiscard]] dnnl::memory::desc weights() const {
    return matrix(k, n, problem.dtypes.b, weights_tag);
  }
};

Matmul matmul_of(const Binding& binding) {
  const Problem& problem = binding.problem;
  return {.problem = problem,
          .operands = gemm_operands(binding),
          .m = problem.extent("m"),
          .n = problem.extent("n"),
          .k = problem.extent("k"),
          .weights_tag = problem.choice("transpose_b") == "yes" ? tag::ba : tag::ab};
}

// Where oneDNN may choose the weights' layout, it asks for one of its own. Scales are a part of the
// description in oneDNN 2: they are read here, at bind.
dnnl::matmul::primitive_desc describe(const OnednnExecution& execution, const Matmul& product,
                                      tag weights_tag) {
  const Dtypes& dtypes = product.problem.dtypes;
  const auto a = product.matrix(product.m, product.k, dtypes.a, tag::ab);
  const auto b = product.matrix(product.k, product.n, dtypes.b, weights_tag);
  const auto bias = product.matrix(1, product.n, dtypes.accumulate, tag::ab);
  const auto c = product.matrix(product.m, product.n, dtypes.out, tag::ab);
  dnnl::primitive_attr attributes = OnednnExecution::attributes();
  if (const float* scale = product.operands.scale; scale != nullptr) {
    constexpr int kEachColumn = 1 << 1;
    attributes.set_output_scales(kEachColumn, {scale, scale + product.n});
  }
  if (product.problem.choice("epilogue") == "gelu") {
    dnnl::post_ops epilogue;
    epilogue.append_eltwise(1, dnnl::algorithm::eltwise_gelu_erf, 0, 0);
    attributes.set_post_ops(epilogue);
  }
  const dnnl::matmul::desc operation = product.operands.bias == nullptr
                                           ? dnnl::matmul::desc(a, b, c)
                                           : dnnl::matmul::desc(a, b, bias, c);
  return {operation, attributes, execution.engine()};
}

void fill_matmul(OnednnExecution& execution, const Matmul& product, bool weights_packed) {
  const GemmOperands& operands = product.operands;
  const auto description =
      describe(execution, product, weights_packed ? tag::any : product.weights_tag);
  dnnl::memory plain = execution.memory(product.weights(), operands.b);
  dnnl::memory weights = plain;
  if (description.weights_desc() != plain.get_desc()) {
    weights = execution.memory(description.weights_desc(), nullptr);
    dnnl::stream stream(execution.engine());
    dnnl::reorder(plain, weights).execute(stream, plain, weights);
    stream.wait();
  }
  std::vector<std::pair<int, dnnl::memory>> arguments = {
      {DNNL_ARG_SRC, execution.memory(description.src_desc(), operands.a)},
      {DNNL_ARG_WEIGHTS, weights},
      {DNNL_ARG_DST, execution.memory(description.dst_desc(), operands.c)}};
  if (operands.bias != nullptr) {
    arguments.emplace_back(DNNL_ARG_BIAS, execution.memory(description.bias_desc(), operands.bias));
  }
  execution.append(dnnl::matmul(description), description.scratchpad_desc(), std::move(arguments));
}

std::string refuses(const Problem& problem, bool /*weights_packed*/) {
  return refuse_dtypes_outside({Dtypes{}, kGemmBf16, kGemmBf16ToF32, kGemmInt8, kGemmInt8ToF32},
                               problem);
}

Launch bind(const Binding& binding) {
  return onednn_launch(binding, [&](OnednnExecution& execution) {
    fill_matmul(execution, matmul_of(binding), binding.weights_packed);
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
