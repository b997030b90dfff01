#include <dlfcn.h>

#include <string>

#include "kernels/cpu/openmp.h"
#include "kernels/gemm/cblas.h"
#include "kernels/gemm/library.h"

namespace ergon {
namespace {

struct OpenBlas {
  Sgemm sgemm = nullptr;
  int (*threads)() = nullptr;
  void (*set_threads)(int) = nullptr;
  char* (*config)() = nullptr;  // "OpenBLAS 0.3.21 DYNAMIC_ARCH USE_OPENMP ..."
};

OpenBlas load() {
  // The OpenMP build runs on our pinned team; the others bring threads of their own.
  constexpr const char* kNames[] = {
      "/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0",
      "/usr/lib/aarch64-linux-gnu/openblas-openmp/libopenblas.so.0",
      "libopenblas.so.0",
  };
  void* library = open_library(kNames);
  if (library == nullptr) return {};
  return {
      .sgemm = reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm")),
      .threads = reinterpret_cast<int (*)()>(dlsym(library, "openblas_get_num_threads")),
      .set_threads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads")),
      .config = reinterpret_cast<char* (*)()>(dlsym(library, "openblas_get_config"))};
}

const OpenBlas& openblas() {
  static const OpenBlas functions = load();
  return functions;
}

std::string missing() {
  const OpenBlas& blas = openblas();
  if (blas.sgemm == nullptr)
    return "libopenblas.so.0 not found: apt-get install libopenblas0-openmp";
  const bool complete =
      blas.threads != nullptr && blas.set_threads != nullptr && blas.config != nullptr;
  return complete ? "" : "libopenblas.so.0 lacks openblas_get_num_threads, _set_ or _get_config";
}

Launch bind(const Binding& binding) {
  const GemmArguments gemm = gemm_arguments(binding);
  const int threads = binding.threads;
  prepare_openmp(threads);
  return [gemm, threads, &blas = openblas()] {
    prepare_openmp(threads);
    if (blas.threads() != threads) blas.set_threads(threads);
    call_sgemm(blas.sgemm, gemm);
  };
}

// "OpenBLAS 0.3.21": the words of its configuration up to the options.
std::string version() {
  if (!missing().empty()) return "";
  const std::string config = openblas().config();
  return config.substr(0, config.find(' ', config.find(' ') + 1));
}

}  // namespace

namespace kernel {
extern const Kernel gemm_openblas = {
    .primitive = "gemm",
    .name = "openblas",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "OpenBLAS' cblas_sgemm, opened at run time",
    .refuses = refuse_but_sgemm,
    .missing = missing,
    .bind = bind,
    .version = version,
};
}  // namespace kernel

}  // namespace ergon
