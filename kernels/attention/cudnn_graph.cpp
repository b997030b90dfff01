#include "kernels/attention/cudnn_graph.h"

#include <vector>

namespace ergon {
CudnnAttention::CudnnAttention(const Problem& problem, cudnnHandle_t handle)
    : batch_(problem.extent("batch")),
      heads_(problem.extent("heads")),
      kv_heads_(problem.extent("kv_heads")),
      queries_(problem.extent("queries")),
      keys_(problem.extent("keys")),
      head_size_(problem.extent("head_size")),
      causal_(problem.choice("mask") == "causal"),
      type_(problem.dtypes.a == Dtype::bf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_HALF),
      handle_(handle) {
  const std::int64_t d = head_size_;
  const CudnnDescriptor& q = packed(kQ, {batch_, heads_, queries_, d}, type_);
  const CudnnDescriptor& k_transposed =
      tensor(kK, {batch_, kv_heads_, d, keys_}, {kv_heads_ * keys_ * d, keys_ * d, 1, d}, type_);
  const CudnnDescriptor& v = packed(kV, {batch_, kv_heads_, keys_, d}, type_);
  const CudnnDescriptor& out = packed(kOut, {batch_, heads_, queries_, d}, type_);

  const CudnnDescriptor& products = rows(keys_, CUDNN_DATA_FLOAT);
  multiply(q, k_transposed, products);
  const CudnnDescriptor& scale = scalar(kScale, CUDNN_DATA_FLOAT);
  const CudnnDescriptor& scaled = apply({.mode = CUDNN_POINTWISE_MUL, .x = products, .b = &scale});
  multiply(softmax(causal_ ? mask(scaled) : scaled), v, out);

  if (handle_ != nullptr) {
    graph_.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, handle_);
  }
  std::vector<cudnnBackendDescriptor_t> operations;
  for (const CudnnDescriptor& each : operations_) operations.push_back(each.raw());
  graph_.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
             std::span<const cudnnBackendDescriptor_t>(operations));
  graph_.finalize();
}

// Query i sees keys up to keys - queries + i.
const CudnnDescriptor& CudnnAttention::mask(const CudnnDescriptor& x) {
  constexpr cudnnDataType_t kInt = CUDNN_DATA_INT32;
  const auto index = [&](std::int64_t axis) -> const CudnnDescriptor& {
    return apply({.mode = CUDNN_POINTWISE_GEN_INDEX, .x = x, .result = kInt, .axis = axis});
  };
  const CudnnDescriptor& row = index(2);
  const CudnnDescriptor& column = index(3);
  const CudnnDescriptor& keys = scalar(kKeys, kInt);
  const CudnnDescriptor& later =
      apply({.mode = CUDNN_POINTWISE_ADD, .x = row, .b = &keys, .result = kInt});
  const CudnnDescriptor& queries = scalar(kQueries, kInt);
  const CudnnDescriptor& last =
      apply({.mode = CUDNN_POINTWISE_SUB, .x = later, .b = &queries, .result = kInt});
  const CudnnDescriptor& sees = apply(
      {.mode = CUDNN_POINTWISE_CMP_GE, .x = last, .b = &column, .result = CUDNN_DATA_BOOLEAN});
  const CudnnDescriptor& masked = scalar(kMasked, CUDNN_DATA_FLOAT);
  return apply({.mode = CUDNN_POINTWISE_BINARY_SELECT, .x = x, .b = &masked, .condition = &sees});
}

// The logarithm of each row's sum is nobody's here, but without it the graph is not the one that
// engines of fused attention know.
const CudnnDescriptor& CudnnAttention::softmax(const CudnnDescriptor& x) {
  const CudnnDescriptor& maximum = reduce(CUDNN_REDUCE_TENSOR_MAX, x);
  const CudnnDescriptor& below = apply({.mode = CUDNN_POINTWISE_SUB, .x = x, .b = &maximum});
  const CudnnDescriptor& powers = apply({.mode = CUDNN_POINTWISE_EXP, .x = below});
  const CudnnDescriptor& sum = reduce(CUDNN_REDUCE_TENSOR_ADD, powers);
  const CudnnDescriptor& logarithm = apply({.mode = CUDNN_POINTWISE_LOG, .x = sum, .columns = 1});
  (void)apply({.mode = CUDNN_POINTWISE_ADD, .x = maximum, .b = &logarithm, .columns = 1});
  return apply({.mode = CUDNN_POINTWISE_DIV, .x = powers, .b = &sum, .result = type_});
}

const CudnnDescriptor& CudnnAttention::tensor(std::int64_t uid, const Extents& extents,
                                              const Extents& strides, cudnnDataType_t type) {
  CudnnDescriptor& made = parts_.emplace_back(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  constexpr std::int64_t kAlignment = 16;
  made.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, type)
      .set(CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, std::span<const std::int64_t>(extents))
      .set(CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, std::span<const std::int64_t>(strides))
      .set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, uid)
      .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, kAlignment);
  const bool by_value = uid == kScale || uid == kMasked || uid == kKeys || uid == kQueries;
  if (by_value) made.set(CUDNN_ATTR_TENSOR_IS_BY_VALUE, CUDNN_TYPE_BOOLEAN, true);
  if (uid >= kVirtual) made.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, true);
  return made.finalize();
}

const CudnnDescriptor& CudnnAttention::packed(std::int64_t uid, const Extents& e,
                                              cudnnDataType_t type) {
  return tensor(uid, e, {e[1] * e[2] * e[3], e[2] * e[3], e[3], 1}, type);
}

const CudnnDescriptor& CudnnAttention::scalar(std::int64_t uid, cudnnDataType_t type) {
  return packed(uid, {1, 1, 1, 1}, type);
}

const CudnnDescriptor& CudnnAttention::rows(std::int64_t columns, cudnnDataType_t type) {
  return packed(uid_++, {batch_, heads_, queries_, columns}, type);
}

const CudnnDescriptor& CudnnAttention::apply(const Elementwise& what) {
  const bool integers = what.result == CUDNN_DATA_INT32 || what.result == CUDNN_DATA_BOOLEAN;
  const bool indexes = what.mode == CUDNN_POINTWISE_GEN_INDEX;
  const cudnnDataType_t compute = integers && !indexes ? what.result : CUDNN_DATA_FLOAT;
  CudnnDescriptor& how = parts_.emplace_back(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  how.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, what.mode)
      .set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, compute);
  if (indexes) how.set(CUDNN_ATTR_POINTWISE_AXIS, CUDNN_TYPE_INT64, what.axis);
  how.finalize();
  const CudnnDescriptor& y = rows(what.columns == 0 ? keys_ : what.columns, what.result);
  CudnnDescriptor& operation =
      operations_.emplace_back(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, how)
      .set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, what.x)
      .set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
  if (what.b != nullptr) operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *what.b);
  if (what.condition != nullptr) {
    operation.set(CUDNN_ATTR_OPERATION_POINTWISE_TDESC, *what.condition);
  }
  operation.finalize();
  return y;
}

const CudnnDescriptor& CudnnAttention::reduce(cudnnReduceTensorOp_t which,
                                              const CudnnDescriptor& x) {
  CudnnDescriptor& how = parts_.emplace_back(CUDNN_BACKEND_REDUCTION_DESCRIPTOR);
  how.set(CUDNN_ATTR_REDUCTION_OPERATOR, CUDNN_TYPE_REDUCTION_OPERATOR_TYPE, which)
      .set(CUDNN_ATTR_REDUCTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT)
      .finalize();
  const CudnnDescriptor& y = rows(1, CUDNN_DATA_FLOAT);
  operations_.emplace_back(CUDNN_BACKEND_OPERATION_REDUCTION_DESCRIPTOR)
      .set(CUDNN_ATTR_OPERATION_REDUCTION_DESC, how)
      .set(CUDNN_ATTR_OPERATION_REDUCTION_XDESC, x)
      .set(CUDNN_ATTR_OPERATION_REDUCTION_YDESC, y)
      .finalize();
  return y;
}

void CudnnAttention::multiply(const CudnnDescriptor& a, const CudnnDescriptor& b,
                              const CudnnDescriptor& c) {
  CudnnDescriptor& how = parts_.emplace_back(CUDNN_BACKEND_MATMUL_DESCRIPTOR);
  how.set(CUDNN_ATTR_MATMUL_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT).finalize();
  operations_.emplace_back(CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR)
      .set(CUDNN_ATTR_OPERATION_MATMUL_DESC, how)
      .set(CUDNN_ATTR_OPERATION_MATMUL_ADESC, a)
      .set(CUDNN_ATTR_OPERATION_MATMUL_BDESC, b)
      .set(CUDNN_ATTR_OPERATION_MATMUL_CDESC, c)
      .finalize();
}

std::list<CudnnDescriptor> CudnnAttention::configurations(const CudnnDescriptor* properties) const {
  CudnnDescriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph_)
      .set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, CUDNN_HEUR_MODE_A);
  if (properties != nullptr) heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *properties);
  std::list<CudnnDescriptor> found;
  if (cudnn().finalize(heuristics.raw()) != CUDNN_STATUS_SUCCESS) return found;
  constexpr std::int64_t kMost = 8;
  std::vector<cudnnBackendDescriptor_t> into;
  for (std::int64_t i = 0; i < kMost; ++i) {
    into.push_back(found.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR).raw());
  }
  std::int64_t count = 0;
  check_cudnn(cudnn().get_attribute(heuristics.raw(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                    CUDNN_TYPE_BACKEND_DESCRIPTOR, kMost, &count, into.data()),
              "asking for engines");
  while (static_cast<std::int64_t>(found.size()) > count) found.pop_back();
  return found;
}

std::list<CudnnDescriptor> CudnnAttention::plan(const CudnnDescriptor& configuration,
                                                const CudnnDescriptor* properties) const {
  std::list<CudnnDescriptor> found;
  CudnnDescriptor& made = found.emplace_back(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  if (handle_ != nullptr) made.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, handle_);
  if (properties != nullptr) made.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *properties);
  made.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
  if (cudnn().finalize(made.raw()) != CUDNN_STATUS_SUCCESS) found.clear();
  return found;
}

std::int64_t CudnnAttention::workspace_bytes(const CudnnDescriptor& plan) {
  std::int64_t bytes = 0, count = 0;
  check_cudnn(cudnn().get_attribute(plan.raw(), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                    CUDNN_TYPE_INT64, 1, &count, &bytes),
              "asking for the workspace");
  return bytes;
}

CudnnDescriptor CudnnAttention::memory(const std::array<void*, 8>& pointers,
                                       void* workspace) const {
  constexpr std::array<std::int64_t, 8> kUids = {kQ,     kK,      kV,    kOut,
                                                 kScale, kMasked, kKeys, kQueries};
  const std::size_t count = causal_ ? 8 : 5;
  CudnnDescriptor made(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  made.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64,
           std::span<const std::int64_t>(kUids).first(count))
      .set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR,
           std::span<void* const>(pointers).first(count))
      .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, workspace)
      .finalize();
  return made;
}

}  // namespace ergon
