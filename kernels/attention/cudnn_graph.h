#pragma once

#include <array>
#include <cstdint>
#include <list>

#include "kernels/cuda/cudnn_library.h"
#include "kernels/problem.h"

namespace ergon {

// Attention as a graph of cuDNN's operations, the one that its engines of fused attention know
// (cuDNN's developer guide, "Fused flash attention fprop"; the order of operations is that of its
// frontend's): scores by a matmul, scaled, masked, softmax as maximum, difference, exponential, sum
// and quotient, values by a matmul. Scores and weights are virtual: they need no memory.
class CudnnAttention {
 public:
  // What a launch gives memory to. Scalars live on the host.
  enum Uid : std::int64_t { kQ = 1, kK, kV, kOut, kScale, kMasked, kKeys, kQueries, kVirtual };

  // A handle, or null where only properties of a device are known, as in tests.
  CudnnAttention(const Problem& problem, cudnnHandle_t handle);

  [[nodiscard]] const CudnnDescriptor& graph() const { return graph_; }

  // Configurations of engines, likeliest first: by a handle's device, or by properties.
  [[nodiscard]] std::list<CudnnDescriptor> configurations(const CudnnDescriptor* properties) const;
  // A plan of a configuration; empty where its engine does not take the graph after all.
  [[nodiscard]] std::list<CudnnDescriptor> plan(const CudnnDescriptor& configuration,
                                                const CudnnDescriptor* properties) const;
  [[nodiscard]] static std::int64_t workspace_bytes(const CudnnDescriptor& plan);
  // What a launch works on: pointers in the order of Uid, of which the last three are a causal
  // mask's. Those to scalars must outlive the launches, which read them.
  [[nodiscard]] CudnnDescriptor memory(const std::array<void*, 8>& pointers, void* workspace) const;

 private:
  // An operation on each element; what it does not read is null.
  struct Elementwise {
    cudnnPointwiseMode_t mode;
    const CudnnDescriptor& x;
    const CudnnDescriptor* b = nullptr;
    const CudnnDescriptor* condition = nullptr;
    cudnnDataType_t result = CUDNN_DATA_FLOAT;
    std::int64_t axis = -1;    // of an index
    std::int64_t columns = 0;  // of the result, where they are not the keys
  };
  using Extents = std::array<std::int64_t, 4>;

  const CudnnDescriptor& tensor(std::int64_t uid, const Extents& extents, const Extents& strides,
                                cudnnDataType_t type);
  const CudnnDescriptor& packed(std::int64_t uid, const Extents& extents, cudnnDataType_t type);
  const CudnnDescriptor& scalar(std::int64_t uid, cudnnDataType_t type);
  const CudnnDescriptor& rows(std::int64_t columns, cudnnDataType_t type);  // for results
  const CudnnDescriptor& apply(const Elementwise& what);
  const CudnnDescriptor& reduce(cudnnReduceTensorOp_t how, const CudnnDescriptor& x);
  void multiply(const CudnnDescriptor& a, const CudnnDescriptor& b, const CudnnDescriptor& c);
  const CudnnDescriptor& mask(const CudnnDescriptor& x);
  const CudnnDescriptor& softmax(const CudnnDescriptor& x);

  std::int64_t batch_, heads_, kv_heads_, queries_, keys_, head_size_;
  bool causal_;
  cudnnDataType_t type_;
  cudnnHandle_t handle_;
  std::int64_t uid_ = kVirtual;
  std::list<CudnnDescriptor> parts_;  // tensors, and how to compute
  std::list<CudnnDescriptor> operations_;
  CudnnDescriptor graph_{CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR};
};

}  // namespace ergon
