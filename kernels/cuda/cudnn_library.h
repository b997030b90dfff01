#pragma once

#include <cudnn_graph.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace ergon {

// What we call of cuDNN; all null where the library is not found.
struct Cudnn {
  decltype(&::cudnnCreate) create = nullptr;
  decltype(&::cudnnDestroy) destroy = nullptr;
  decltype(&::cudnnSetStream) set_stream = nullptr;
  decltype(&::cudnnGetVersion) version = nullptr;
  decltype(&::cudnnGetErrorString) error_string = nullptr;
  decltype(&::cudnnGetLastErrorString) last_error = nullptr;
  decltype(&::cudnnBackendCreateDescriptor) create_descriptor = nullptr;
  decltype(&::cudnnBackendDestroyDescriptor) destroy_descriptor = nullptr;
  decltype(&::cudnnBackendSetAttribute) set_attribute = nullptr;
  decltype(&::cudnnBackendGetAttribute) get_attribute = nullptr;
  decltype(&::cudnnBackendFinalize) finalize = nullptr;
  decltype(&::cudnnBackendExecute) execute = nullptr;
  std::string lacking;  // the first function that the library has not; empty where it has all
};

// Opened at the first call. ERGON_CUDNN_LIBRARY names another than the one that is found.
[[nodiscard]] const Cudnn& cudnn();

// For Kernel::missing and version.
[[nodiscard]] std::string cudnn_missing();
[[nodiscard]] std::string cudnn_version();  // "cuDNN 9.19.0"

// Throws Error of what went wrong while doing `what`, in cuDNN's words.
void check_cudnn(cudnnStatus_t status, const char* what);

// A part of cuDNN's backend API: made, described, then finalized; destroyed with this.
class CudnnDescriptor {
 public:
  explicit CudnnDescriptor(cudnnBackendDescriptorType_t type);
  CudnnDescriptor(CudnnDescriptor&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  CudnnDescriptor& operator=(CudnnDescriptor&&) = delete;
  ~CudnnDescriptor();

  [[nodiscard]] cudnnBackendDescriptor_t raw() const { return raw_; }

  template <class Value>
  CudnnDescriptor& set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                       std::span<const Value> values) {
    check_cudnn(cudnn().set_attribute(raw_, name, type, static_cast<std::int64_t>(values.size()),
                                      values.data()),
                "describing a graph");
    return *this;
  }
  template <class Value>
  CudnnDescriptor& set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                       const Value& value) {
    return set(name, type, std::span<const Value>(&value, 1));
  }
  CudnnDescriptor& set(cudnnBackendAttributeName_t name, const CudnnDescriptor& value) {
    return set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, value.raw());
  }
  CudnnDescriptor& finalize() {
    check_cudnn(cudnn().finalize(raw_), "building a graph");
    return *this;
  }

 private:
  cudnnBackendDescriptor_t raw_ = nullptr;
};

}  // namespace ergon
