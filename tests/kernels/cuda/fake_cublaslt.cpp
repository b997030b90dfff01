#include "tests/kernels/cuda/fake_cublaslt.h"

#include <cublasLt.h>

#include <chrono>
#include <cstring>

#include "kernels/dtype.h"

// A stand-in for NVIDIA's library, of the same names and types: computes on the host, in columns,
// from the descriptors that it is given. So what is checked is how we describe our products, by
// NVIDIA's documentation as it is read here a second time.

using ergon::Dtype;
using ergon::FakeCublasLt;

namespace {

FakeCublasLt control;

struct Layout {
  cudaDataType type;
  std::uint64_t rows, columns;
  std::int64_t ld;
  std::int32_t batch = 1;
  std::int64_t stride = 0;
};
struct Operation {
  cublasComputeType_t compute;
  cudaDataType scale;
  cublasOperation_t transpose_a = CUBLAS_OP_N, transpose_b = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const float* bias = nullptr;
};
struct Preference {
  std::uint64_t workspace = 0;
  std::uint32_t reductions = CUBLASLT_REDUCTION_SCHEME_MASK;
};

Layout& layout_of(cublasLtMatrixLayout_t each) { return *reinterpret_cast<Layout*>(each); }
Operation& operation_of(cublasLtMatmulDesc_t each) { return *reinterpret_cast<Operation*>(each); }
Preference& preference_of(cublasLtMatmulPreference_t each) {
  return *reinterpret_cast<Preference*>(each);
}

template <class Value>
cublasStatus_t take(Value& to, const void* from, std::size_t bytes) {
  if (bytes != sizeof(Value)) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(&to, from, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

Dtype dtype_of(cudaDataType type) {
  return type == CUDA_R_16F ? Dtype::f16 : type == CUDA_R_16BF ? Dtype::bf16 : Dtype::f32;
}
double read(const Layout& layout, const void* matrix, std::int64_t index) {
  const Dtype dtype = dtype_of(layout.type);
  const auto bytes = static_cast<std::int64_t>(ergon::dtype_bytes(dtype, 1));
  double value = 0;
  ergon::decode(dtype, static_cast<const std::byte*>(matrix) + index * bytes, {&value, 1});
  return value;
}
void write(const Layout& layout, void* matrix, std::int64_t index, double value) {
  const Dtype dtype = dtype_of(layout.type);
  const auto bytes = static_cast<std::int64_t>(ergon::dtype_bytes(dtype, 1));
  ergon::encode(dtype, {&value, 1}, static_cast<std::byte*>(matrix) + index * bytes);
}

// Element (row, column) of a matrix, or of its transpose.
double element(const Layout& layout, const void* matrix, bool transposed, std::int64_t batch,
               std::int64_t row, std::int64_t column) {
  if (transposed) std::swap(row, column);
  return read(layout, matrix, batch * layout.stride + column * layout.ld + row);
}

bool shapes_fit(const Operation& operation, const Layout& a, const Layout& b, const Layout& d) {
  const bool ta = operation.transpose_a != CUBLAS_OP_N;
  const bool tb = operation.transpose_b != CUBLAS_OP_N;
  for (const Layout* each : {&a, &b, &d}) {
    if (each->ld < static_cast<std::int64_t>(each->rows) || each->batch != d.batch) return false;
  }
  return (ta ? a.columns : a.rows) == d.rows && (tb ? b.rows : b.columns) == d.columns &&
         (ta ? a.rows : a.columns) == (tb ? b.columns : b.rows);
}

void spin_ms(int milliseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (std::chrono::steady_clock::now() < end) continue;
}

}  // namespace

extern "C" {

FakeCublasLt* fake_cublaslt() { return &control; }

std::size_t cublasLtGetVersion() { return 130100; }
const char* cublasLtGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_EXECUTION_FAILED ? "the launch failed" : "not so";
}
cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  ++control.live;
  *handle = reinterpret_cast<cublasLtHandle_t>(&control);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t) {
  --control.live;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* desc, cublasComputeType_t compute,
                                        cudaDataType_t scale) {
  ++control.live;
  *desc = reinterpret_cast<cublasLtMatmulDesc_t>(new Operation{compute, scale});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc) {
  --control.live;
  delete &operation_of(desc);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void* from, std::size_t bytes) {
  Operation& operation = operation_of(desc);
  if (attribute == CUBLASLT_MATMUL_DESC_TRANSA) return take(operation.transpose_a, from, bytes);
  if (attribute == CUBLASLT_MATMUL_DESC_TRANSB) return take(operation.transpose_b, from, bytes);
  if (attribute == CUBLASLT_MATMUL_DESC_EPILOGUE) return take(operation.epilogue, from, bytes);
  if (attribute == CUBLASLT_MATMUL_DESC_BIAS_POINTER) return take(operation.bias, from, bytes);
  return CUBLAS_STATUS_NOT_SUPPORTED;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, cudaDataType type,
                                          std::uint64_t rows, std::uint64_t columns,
                                          std::int64_t ld) {
  ++control.live;
  *layout = reinterpret_cast<cublasLtMatrixLayout_t>(new Layout{type, rows, columns, ld});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  --control.live;
  delete &layout_of(layout);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout,
                                                cublasLtMatrixLayoutAttribute_t attribute,
                                                const void* from, std::size_t bytes) {
  Layout& to = layout_of(layout);
  if (attribute == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT) return take(to.batch, from, bytes);
  if (attribute == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET) return take(to.stride, from, bytes);
  return CUBLAS_STATUS_NOT_SUPPORTED;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) {
  ++control.live;
  *preference = reinterpret_cast<cublasLtMatmulPreference_t>(new Preference);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  --control.live;
  delete &preference_of(preference);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void* from, std::size_t bytes) {
  Preference& to = preference_of(preference);
  std::uint32_t alignment = 0;
  switch (attribute) {
    case CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES:
      return take(to.workspace, from, bytes);
    case CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK:
      return take(to.reductions, from, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES:
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES:
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES:
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES:
      return take(alignment, from, bytes);
    default:
      return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t desc,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int room,
                                              cublasLtMatmulHeuristicResult_t* results,
                                              int* count) {
  ++control.queries;
  *count = 0;
  const Operation& operation = operation_of(desc);
  if (!control.supports) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (operation.scale != CUDA_R_32F || preference_of(preference).workspace == 0 ||
      !shapes_fit(operation, layout_of(a), layout_of(b), layout_of(d))) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const auto add = [&](int algorithm, cublasStatus_t state) {
    if (*count >= room) return;
    cublasLtMatmulHeuristicResult_t& result = results[(*count)++];
    result = {};
    result.algo.data[0] = static_cast<std::uint64_t>(algorithm);
    result.state = state;
  };
  if (operation.compute == CUBLAS_COMPUTE_32F_PEDANTIC) {
    add(FakeCublasLt::kPedantic, CUBLAS_STATUS_SUCCESS);
    return CUBLAS_STATUS_SUCCESS;
  }
  add(FakeCublasLt::kSlow, CUBLAS_STATUS_SUCCESS);
  add(FakeCublasLt::kFast, CUBLAS_STATUS_SUCCESS);
  add(FakeCublasLt::kFailing, CUBLAS_STATUS_SUCCESS);
  add(0, CUBLAS_STATUS_NOT_SUPPORTED);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t desc, const void* alpha,
                              const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                              cublasLtMatrixLayout_t b_layout, const void* beta, const void*,
                              cublasLtMatrixLayout_t, void* d, cublasLtMatrixLayout_t d_layout,
                              const cublasLtMatmulAlgo_t* algorithm, void* workspace,
                              std::size_t workspace_bytes, cudaStream_t stream) {
  const Operation& operation = operation_of(desc);
  const Layout& of_a = layout_of(a_layout);
  const Layout& of_b = layout_of(b_layout);
  const Layout& of_d = layout_of(d_layout);
  control.launched_last = static_cast<int>(algorithm->data[0]);
  control.stream = stream;
  ++control.launches;
  if (control.fails || control.launched_last == FakeCublasLt::kFailing) {
    return CUBLAS_STATUS_EXECUTION_FAILED;
  }
  const bool scaled = *static_cast<const float*>(alpha) != 1 || *static_cast<const float*>(beta);
  if (scaled || !shapes_fit(operation, of_a, of_b, of_d)) return CUBLAS_STATUS_INVALID_VALUE;
  static_cast<char*>(workspace)[0] = static_cast<char*>(workspace)[workspace_bytes - 1] = 1;
  if (control.launched_last != FakeCublasLt::kFast) spin_ms(control.slow_ms);
  const bool ta = operation.transpose_a != CUBLAS_OP_N;
  const bool tb = operation.transpose_b != CUBLAS_OP_N;
  const auto k = static_cast<std::int64_t>(ta ? of_a.rows : of_a.columns);
  for (std::int64_t batch = 0; batch < of_d.batch; ++batch) {
    for (std::int64_t column = 0; column < static_cast<std::int64_t>(of_d.columns); ++column) {
      for (std::int64_t row = 0; row < static_cast<std::int64_t>(of_d.rows); ++row) {
        double sum = operation.epilogue == CUBLASLT_EPILOGUE_BIAS ? operation.bias[row] : 0;
        for (std::int64_t p = 0; p < k; ++p) {
          sum += element(of_a, a, ta, batch, row, p) * element(of_b, b, tb, batch, p, column);
        }
        write(of_d, d, batch * of_d.stride + column * of_d.ld + row, sum);
      }
    }
  }
  return CUBLAS_STATUS_SUCCESS;
}
}
