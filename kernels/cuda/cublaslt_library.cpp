#include "kernels/cuda/cublaslt_library.h"

#include <dlfcn.h>

#include <cstdlib>

#include "kernels/cuda/cublaslt.h"
#include "kernels/cuda/nvidia_library.h"
#include "kernels/error.h"

namespace ergon {
namespace {

CublasLt load() {
  constexpr const char* kNames[] = {"libcublasLt.so.13", "libcublasLt.so.12"};
  CublasLt found;
  void* library = open_nvidia_library("ERGON_CUBLASLT_LIBRARY", kNames);
  if (library == nullptr) return found;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (function == nullptr && found.lacking.empty()) found.lacking = name;
  };
  find(found.create, "cublasLtCreate");
  find(found.destroy, "cublasLtDestroy");
  find(found.version, "cublasLtGetVersion");
  find(found.status_string, "cublasLtGetStatusString");
  find(found.desc_create, "cublasLtMatmulDescCreate");
  find(found.desc_destroy, "cublasLtMatmulDescDestroy");
  find(found.desc_set, "cublasLtMatmulDescSetAttribute");
  find(found.layout_create, "cublasLtMatrixLayoutCreate");
  find(found.layout_destroy, "cublasLtMatrixLayoutDestroy");
  find(found.layout_set, "cublasLtMatrixLayoutSetAttribute");
  find(found.preference_create, "cublasLtMatmulPreferenceCreate");
  find(found.preference_destroy, "cublasLtMatmulPreferenceDestroy");
  find(found.preference_set, "cublasLtMatmulPreferenceSetAttribute");
  find(found.heuristic, "cublasLtMatmulAlgoGetHeuristic");
  find(found.matmul, "cublasLtMatmul");
  return found;
}

}  // namespace

const CublasLt& cublaslt() {
  static const CublasLt functions = load();
  return functions;
}

void check_cublaslt(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Error(std::string("cuBLASLt: ") + what + ": " + cublaslt().status_string(status) +
              "; CUBLASLT_LOG_LEVEL=5 makes it say more");
}

std::string cublaslt_missing() {
  const CublasLt& library = cublaslt();
  if (!library.lacking.empty()) return "libcublasLt.so lacks " + library.lacking;
  if (library.matmul == nullptr) {
    return "libcublasLt.so.13 not found: pip install nvidia-cublas, or NVIDIA's CUDA toolkit";
  }
  const char* emulation = std::getenv("CUBLAS_EMULATE_SINGLE_PRECISION");
  if (emulation != nullptr && std::string(emulation) != "0") {
    return "CUBLAS_EMULATE_SINGLE_PRECISION is set, and f32 would not be computed in f32; unset it";
  }
  return "";
}

// 130100: 13.1.0.
std::string cublaslt_version() {
  if (!cublaslt_missing().empty()) return "";
  const std::size_t number = cublaslt().version();
  return "cuBLASLt " + std::to_string(number / 10000) + "." + std::to_string(number / 100 % 100) +
         "." + std::to_string(number % 100);
}

}  // namespace ergon
