#include "kernels/cuda/cudnn_library.h"

#include <dlfcn.h>

#include <type_traits>

#include "kernels/cuda/nvidia_library.h"
#include "kernels/error.h"

namespace ergon {
namespace {

Cudnn load() {
  constexpr const char* kNames[] = {"libcudnn.so.9"};
  Cudnn found;
  void* library = open_nvidia_library("ERGON_CUDNN_LIBRARY", kNames);
  if (library == nullptr) return found;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (function == nullptr && found.lacking.empty()) found.lacking = name;
  };
  find(found.create, "cudnnCreate");
  find(found.destroy, "cudnnDestroy");
  find(found.set_stream, "cudnnSetStream");
  find(found.version, "cudnnGetVersion");
  find(found.error_string, "cudnnGetErrorString");
  find(found.last_error, "cudnnGetLastErrorString");
  find(found.create_descriptor, "cudnnBackendCreateDescriptor");
  find(found.destroy_descriptor, "cudnnBackendDestroyDescriptor");
  find(found.set_attribute, "cudnnBackendSetAttribute");
  find(found.get_attribute, "cudnnBackendGetAttribute");
  find(found.finalize, "cudnnBackendFinalize");
  find(found.execute, "cudnnBackendExecute");
  return found;
}

}  // namespace

const Cudnn& cudnn() {
  static const Cudnn functions = load();
  return functions;
}

std::string cudnn_missing() {
  const Cudnn& library = cudnn();
  if (!library.lacking.empty()) return "libcudnn.so.9 lacks " + library.lacking;
  if (library.execute != nullptr) return "";
  return "libcudnn.so.9 not found: pip install nvidia-cudnn-cu13, or NVIDIA's cuDNN";
}

// 91900: 9.19.0.
std::string cudnn_version() {
  if (!cudnn_missing().empty()) return "";
  const std::size_t number = cudnn().version();
  return "cuDNN " + std::to_string(number / 10000) + "." + std::to_string(number / 100 % 100) +
         "." + std::to_string(number % 100);
}

void check_cudnn(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char detail[512] = "";
  cudnn().last_error(detail, sizeof(detail));
  throw Error(std::string("cuDNN: ") + what + ": " + cudnn().error_string(status) + ": " + detail +
              "; CUDNN_LOGLEVEL_DBG=2 makes it say more");
}

CudnnDescriptor::CudnnDescriptor(cudnnBackendDescriptorType_t type) {
  check_cudnn(cudnn().create_descriptor(type, &raw_), "making a descriptor");
}

CudnnDescriptor::~CudnnDescriptor() {
  if (raw_ != nullptr) (void)cudnn().destroy_descriptor(raw_);
}

}  // namespace ergon
