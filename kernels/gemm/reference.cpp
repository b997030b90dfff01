#include <cmath>
#include <numbers>
#include <type_traits>

#include "kernels/bf16.h"
#include "kernels/cpu/team.h"
#include "kernels/gemm/arguments.h"
#include "kernels/gemm/narrow.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

float gelu(float x) { return 0.5F * x * (1 + std::erf(x * (1 / std::numbers::sqrt2_v<float>))); }

// Elements as what they are multiplied as.
float wide(float element) { return element; }
float wide(Bf16 element) { return widen(element); }
std::int32_t wide(std::uint8_t element) { return element; }
std::int32_t wide(std::int8_t element) { return element; }

void put(float& to, float value) { to = value; }
void put(Bf16& to, float value) { to = narrow(value); }

// A product in one set of dtypes.
template <class A, class B, class Sum, class Out>
struct Product {
  std::int64_t n, k;
  bool transposed, gelu_after;
  const A* a;
  const B* b;
  const Sum* bias;
  const float* scale;
  Out* c;

  void finish(std::int64_t at, std::int64_t column, Sum sum) const {
    if (bias != nullptr) sum += bias[column];
    if constexpr (std::is_integral_v<Out>) {
      c[at] = sum;
    } else {
      const auto x = static_cast<float>(sum) * (scale == nullptr ? 1 : scale[column]);
      put(c[at], gelu_after ? gelu(x) : x);
    }
  }

  void multiply_rows(const Share& rows) const {
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        Sum sum = 0;
        for (std::int64_t p = 0; p < k; ++p) {
          sum += wide(a[i * k + p]) * wide(b[transposed ? j * k + p : p * n + j]);
        }
        finish(i * n + j, j, sum);
      }
    }
  }
};

template <class A, class B, class Sum, class Out>
Launch bind_product(const Binding& binding) {
  const Problem& problem = binding.problem;
  const GemmOperands operands = gemm_operands(binding);
  const Product<A, B, Sum, Out> product = {.n = problem.extent("n"),
                                           .k = problem.extent("k"),
                                           .transposed = problem.choice("transpose_b") == "yes",
                                           .gelu_after = problem.choice("epilogue") == "gelu",
                                           .a = reinterpret_cast<const A*>(operands.a),
                                           .b = reinterpret_cast<const B*>(operands.b),
                                           .bias = reinterpret_cast<const Sum*>(operands.bias),
                                           .scale = operands.scale,
                                           .c = reinterpret_cast<Out*>(operands.c)};
  const std::int64_t rows = problem.extent("m");
  const int threads = binding.threads;
  prepare_team(threads);
  return [product, rows, threads] {
    parallel(threads, [&](int thread) { product.multiply_rows(share(rows, 1, threads, thread)); });
  };
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_dtypes_outside(
          {Dtypes{}, kGemmBf16, kGemmBf16ToF32, kGemmInt8, kGemmInt8ToF32}, problem);
      !why.empty()) {
    return why;
  }
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  return refuse_cost_above(kReferenceFlopsMax, problem);
}

Launch bind(const Binding& binding) {
  const Dtypes& dtypes = binding.problem.dtypes;
  if (dtypes == kGemmBf16) return bind_product<Bf16, Bf16, float, Bf16>(binding);
  if (dtypes == kGemmBf16ToF32) return bind_product<Bf16, Bf16, float, float>(binding);
  if (dtypes == kGemmInt8) {
    return bind_product<std::uint8_t, std::int8_t, std::int32_t, std::int32_t>(binding);
  }
  if (dtypes == kGemmInt8ToF32) {
    return bind_product<std::uint8_t, std::int8_t, std::int32_t, float>(binding);
  }
  return bind_product<float, float, float, float>(binding);
}

}  // namespace

namespace kernel {
extern const Kernel gemm_reference = {
    .primitive = "gemm",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition: three loops, one sum after another",
    .refuses = refuses,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
