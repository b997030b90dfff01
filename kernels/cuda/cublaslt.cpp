#include "kernels/cuda/cublaslt.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/cuda/cublaslt_library.h"
#include "kernels/cuda/seconds_each.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

constexpr Dtypes kTf32 = {Dtype::tf32, Dtype::tf32, Dtype::f32, Dtype::f32};

// What NVIDIA recommends for sm_90 (cuBLAS, "cublasSetWorkspace"); 4 MiB before.
constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;
constexpr int kCandidates = 8;  // of each way to compute

template <class Handle>
using LtOwned = std::unique_ptr<std::remove_pointer_t<Handle>, cublasStatus_t (*)(Handle)>;

// How a product is computed: chosen once for a shape.
struct LtChoice {
  cublasComputeType_t compute;
  cublasLtMatmulAlgo_t algorithm;
};

// What the bindings of one device have in common, for as long as one of them lives.
struct LtShared {
  LtOwned<cublasLtHandle_t> handle{nullptr, nullptr};
  Buffer workspace;
  std::map<std::string, LtChoice> choices;  // by shape
};

std::shared_ptr<LtShared> shared_of(CudaDevice& device) {
  static std::map<CudaDevice*, std::weak_ptr<LtShared>> known;
  std::shared_ptr<LtShared> shared = known[&device].lock();
  if (shared != nullptr) return shared;
  shared = std::make_shared<LtShared>();
  cublasLtHandle_t handle = nullptr;
  check_cublaslt(cublaslt().create(&handle), "starting");
  shared->handle = {handle, cublaslt().destroy};
  shared->workspace = device.allocate(kWorkspaceBytes, 0);
  known[&device] = shared;
  return shared;
}

cudaDataType_t lt_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::f16:
      return CUDA_R_16F;
    case Dtype::bf16:
      return CUDA_R_16BF;
    default:
      return CUDA_R_32F;  // tf32 as well, which is a way to compute
  }
}

std::vector<cublasComputeType_t> ways_to_compute(const Dtypes& dtypes) {
  if (dtypes.a == Dtype::tf32) return {CUBLAS_COMPUTE_32F_FAST_TF32};
  if (dtypes.a != Dtype::f32) return {CUBLAS_COMPUTE_32F};
  return {CUBLAS_COMPUTE_32F_PEDANTIC, CUBLAS_COMPUTE_32F};  // neither rounds to tf32
}

// A matrix in columns that lie one behind the other.
LtOwned<cublasLtMatrixLayout_t> make_layout(Dtype dtype, std::int64_t rows, std::int64_t columns,
                                            std::int64_t batch) {
  cublasLtMatrixLayout_t layout = nullptr;
  check_cublaslt(cublaslt().layout_create(&layout, lt_type(dtype), static_cast<std::uint64_t>(rows),
                                          static_cast<std::uint64_t>(columns), rows),
                 "describing a matrix");
  LtOwned<cublasLtMatrixLayout_t> owned(layout, cublaslt().layout_destroy);
  if (batch == 1) return owned;
  const auto count = static_cast<std::int32_t>(batch);
  const std::int64_t stride = rows * columns;
  const auto set = [&](cublasLtMatrixLayoutAttribute_t attribute, const auto& value) {
    check_cublaslt(cublaslt().layout_set(layout, attribute, &value, sizeof(value)),
                   "describing a batch");
  };
  set(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, count);
  set(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, stride);
  return owned;
}

LtOwned<cublasLtMatmulDesc_t> make_operation(const CublasLtProduct& product,
                                             cublasComputeType_t compute) {
  cublasLtMatmulDesc_t operation = nullptr;
  check_cublaslt(cublaslt().desc_create(&operation, compute, CUDA_R_32F), "describing a product");
  LtOwned<cublasLtMatmulDesc_t> owned(operation, cublaslt().desc_destroy);
  const auto set = [&](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
    check_cublaslt(cublaslt().desc_set(operation, attribute, &value, sizeof(value)),
                   "describing a product");
  };
  const cublasOperation_t transpose_b = product.transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  set(CUBLASLT_MATMUL_DESC_TRANSA, transpose_b);
  set(CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N);
  if (product.bias != nullptr) {
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    const void* bias = product.bias;
    set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  }
  return owned;
}

// Row-major c (m x n) = a (m x k) b (k x n) is column-major c' (n x m) = b' (n x k) a' (k x m): the
// same bytes, b first. b as n x k in rows is b' transposed. A bias for each column of c is one for
// each row of c', which is what the library adds.
class LtPlan {
 public:
  LtPlan(CudaDevice& device, std::shared_ptr<LtShared> shared, const CublasLtProduct& product,
         cublasComputeType_t compute)
      : device_(device),
        shared_(std::move(shared)),
        product_(product),
        operation_(make_operation(product, compute)),
        first_(product.transposed
                   ? make_layout(product.dtypes.b, product.k, product.n, product.batch)
                   : make_layout(product.dtypes.b, product.n, product.k, product.batch)),
        second_(make_layout(product.dtypes.a, product.k, product.m, product.batch)),
        result_(make_layout(product.dtypes.out, product.n, product.m, product.batch)) {}

  // The heuristics' proposals, likeliest first; empty where the library cannot do it.
  [[nodiscard]] std::vector<cublasLtMatmulAlgo_t> propose() const;

  void take(const cublasLtMatmulAlgo_t& algorithm) { algorithm_ = algorithm; }
  [[nodiscard]] cublasStatus_t launch() const noexcept {
    constexpr float kOne = 1, kZero = 0;
    return cublaslt().matmul(
        shared_->handle.get(), operation_.get(), &kOne, product_.b, first_.get(), product_.a,
        second_.get(), &kZero, product_.c, result_.get(), product_.c, result_.get(), &algorithm_,
        shared_->workspace.get(), kWorkspaceBytes, static_cast<cudaStream_t>(device_.stream()));
  }
  void launch_or_note() const noexcept {
    const cublasStatus_t status = launch();
    if (status != CUBLAS_STATUS_SUCCESS) device_.note_error(cublaslt().status_string(status));
  }

 private:
  CudaDevice& device_;
  std::shared_ptr<LtShared> shared_;
  CublasLtProduct product_;
  LtOwned<cublasLtMatmulDesc_t> operation_;
  LtOwned<cublasLtMatrixLayout_t> first_, second_, result_;
  cublasLtMatmulAlgo_t algorithm_ = {};
};

// Bytes that an address is a multiple of, up to what the library distinguishes.
std::uint32_t alignment_of(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  std::uint32_t alignment = 256;
  while (address % alignment != 0) alignment /= 2;
  return alignment;
}

std::vector<cublasLtMatmulAlgo_t> LtPlan::propose() const {
  cublasLtMatmulPreference_t preference = nullptr;
  check_cublaslt(cublaslt().preference_create(&preference), "asking for algorithms");
  const LtOwned<cublasLtMatmulPreference_t> owned(preference, cublaslt().preference_destroy);
  const auto set = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
    check_cublaslt(cublaslt().preference_set(preference, attribute, &value, sizeof(value)),
                   "asking for algorithms");
  };
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kWorkspaceBytes);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(product_.b));
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(product_.a));
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment_of(product_.c));
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment_of(product_.c));
  // Parts of k that are summed in 16 bits would be beyond the tolerance of sums in f32.
  const std::uint32_t reductions = product_.dtypes.out == Dtype::f32
                                       ? CUBLASLT_REDUCTION_SCHEME_MASK
                                       : CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
  set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, reductions);

  std::array<cublasLtMatmulHeuristicResult_t, kCandidates> results = {};
  int count = 0;
  const cublasStatus_t status = cublaslt().heuristic(
      shared_->handle.get(), operation_.get(), first_.get(), second_.get(), result_.get(),
      result_.get(), preference, kCandidates, results.data(), &count);
  if (status == CUBLAS_STATUS_NOT_SUPPORTED) return {};
  check_cublaslt(status, "asking for algorithms");
  std::vector<cublasLtMatmulAlgo_t> algorithms;
  for (const auto& each : std::span(results).first(static_cast<std::size_t>(count))) {
    const bool fits = each.workspaceSize <= kWorkspaceBytes;
    if (each.state == CUBLAS_STATUS_SUCCESS && fits) algorithms.push_back(each.algo);
  }
  return algorithms;
}

std::string describe(const CublasLtProduct& product) {
  std::string text;
  for (const Dtype dtype : {product.dtypes.a, product.dtypes.b, product.dtypes.out}) {
    text += std::string(dtype_name(dtype)) + " ";
  }
  for (const std::int64_t extent : {product.batch, product.m, product.n, product.k}) {
    text += std::to_string(extent) + " ";
  }
  text += product.transposed ? "transposed" : "plain";
  return text;
}

std::string key_of(const CublasLtProduct& product) {
  std::string key = describe(product) + (product.bias != nullptr ? " bias" : "");
  const std::byte* const c = product.c;
  for (const std::byte* each : {product.a, product.b, product.bias, c}) {
    key += " " + std::to_string(alignment_of(each));
  }
  return key;
}

LtChoice choose_fastest(CudaDevice& device, const std::shared_ptr<LtShared>& shared,
                        const CublasLtProduct& product) {
  LtChoice best = {};
  double least = std::numeric_limits<double>::infinity();
  for (const cublasComputeType_t compute : ways_to_compute(product.dtypes)) {
    LtPlan plan(device, shared, product, compute);
    for (const cublasLtMatmulAlgo_t& algorithm : plan.propose()) {
      plan.take(algorithm);
      const double seconds =
          seconds_each(device, [&] { return plan.launch() == CUBLAS_STATUS_SUCCESS; });
      if (seconds >= least) continue;
      least = seconds;
      best = {.compute = compute, .algorithm = algorithm};
    }
  }
  if (least < std::numeric_limits<double>::infinity()) return best;
  throw Error("cuBLASLt has no algorithm for " + describe(product) + " on " +
              std::string(device.name()) + "; leave the point out, or give it another kernel");
}

}  // namespace

Launch bind_cublaslt(CudaDevice& device, const CublasLtProduct& product) {
  const std::shared_ptr<LtShared> shared = shared_of(device);
  const std::string key = key_of(product);
  auto choice = shared->choices.find(key);
  if (choice == shared->choices.end()) {
    choice = shared->choices.emplace(key, choose_fastest(device, shared, product)).first;
  }
  auto plan = std::make_shared<LtPlan>(device, shared, product, choice->second.compute);
  plan->take(choice->second.algorithm);
  return [plan] { plan->launch_or_note(); };
}

std::string refuse_but_cublaslt(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  constexpr auto kNarrow = [](Dtype dtype, Dtype out) {
    return Dtypes{dtype, dtype, Dtype::f32, out};
  };
  return refuse_dtypes_outside(
      {Dtypes{}, kTf32, kNarrow(Dtype::f16, Dtype::f16), kNarrow(Dtype::f16, Dtype::f32),
       kNarrow(Dtype::bf16, Dtype::bf16), kNarrow(Dtype::bf16, Dtype::f32)},
      problem);
}

}  // namespace ergon
