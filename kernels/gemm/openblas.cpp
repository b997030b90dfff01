#include <dlfcn.h>

#include <memory>
#include <string>

#include "kernels/cpu/team.h"
#include "kernels/gemm/arguments.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

#if defined(__SANITIZE_ADDRESS__)
#define ERGON_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ERGON_ADDRESS_SANITIZER 1
#endif
#endif

namespace ergon {
namespace {

// Of cblas.h, so that building needs no OpenBLAS.
constexpr int kRowMajor = 101;
constexpr int kNoTranspose = 111;
constexpr int kTranspose = 112;
using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                       float alpha, const float* a, int lda, const float* b, int ldb, float beta,
                       float* c, int ldc);

struct OpenBlas {
  Sgemm sgemm = nullptr;
  int (*threads)() = nullptr;
  void (*set_threads)(int) = nullptr;
  char* (*config)() = nullptr;  // "OpenBLAS 0.3.21 DYNAMIC_ARCH USE_OPENMP ..."
};

void* open_library() {
  // Private to us, and its own symbols first: another BLAS in the process must not answer for it.
  // Address sanitizer forbids the latter, as it replaces symbols of its own.
#if defined(ERGON_ADDRESS_SANITIZER)
  constexpr int kMode = RTLD_NOW | RTLD_LOCAL;
#else
  constexpr int kMode = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#endif
  // The OpenMP build runs on our pinned team; the others bring threads of their own.
  constexpr const char* kNames[] = {
      "/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0",
      "/usr/lib/aarch64-linux-gnu/openblas-openmp/libopenblas.so.0",
      "libopenblas.so.0",
  };
  for (const char* name : kNames) {
    if (void* library = dlopen(name, kMode); library != nullptr) return library;
  }
  return nullptr;
}

OpenBlas load() {
  void* library = open_library();  // stays open: OpenBLAS' threads may outlive any use of it
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

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_dtypes_but({}, problem); !why.empty()) return why;
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  if (problem.choice("bias") == "yes") return "cblas_sgemm adds no bias";
  if (problem.choice("epilogue") != "none") return "cblas_sgemm has no epilogue";
  constexpr std::int64_t kIntMax = 2147483647;
  for (const std::int64_t extent : problem.extents) {
    if (extent > kIntMax) return "cblas_sgemm takes 32-bit extents";
  }
  return "";
}

Launch bind(const Binding& binding) {
  const GemmArguments gemm = gemm_arguments(binding);
  const int threads = binding.threads;
  prepare_team(threads);
  return [gemm, threads, &blas = openblas()] {
    prepare_team(threads);
    if (blas.threads() != threads) blas.set_threads(threads);
    const int m = static_cast<int>(gemm.m);
    const int n = static_cast<int>(gemm.n);
    const int k = static_cast<int>(gemm.k);
    blas.sgemm(kRowMajor, kNoTranspose, gemm.transposed ? kTranspose : kNoTranspose, m, n, k, 1,
               gemm.a, k, gemm.b, gemm.transposed ? k : n, 0, gemm.c, n);
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
    .refuses = refuses,
    .missing = missing,
    .bind = bind,
    .version = version,
};
}  // namespace kernel

}  // namespace ergon
