#include <dlfcn.h>

#include <cstdint>
#include <string>

#include "kernels/cpu/openmp.h"
#include "kernels/gemm/cblas.h"
#include "kernels/gemm/library.h"

namespace ergon {
namespace {

// BLIS counts in dim_t, 64 bits wide here, whatever its BLAS interface takes.
struct Blis {
  Sgemm sgemm = nullptr;
  std::int64_t (*threads)() = nullptr;
  void (*set_threads)(std::int64_t) = nullptr;
  const char* (*version)() = nullptr;  // "0.9.0"
};

Blis load() {
  // The OpenMP build runs on our pinned team; the others bring threads of their own, or none.
  constexpr const char* kNames[] = {
      "/usr/lib/x86_64-linux-gnu/blis-openmp/libblis.so.4",
      "/usr/lib/aarch64-linux-gnu/blis-openmp/libblis.so.4",
      "libblis.so.4",
  };
  void* library = open_library(kNames);
  if (library == nullptr) return {};
  return {
      .sgemm = reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm")),
      .threads = reinterpret_cast<std::int64_t (*)()>(dlsym(library, "bli_thread_get_num_threads")),
      .set_threads =
          reinterpret_cast<void (*)(std::int64_t)>(dlsym(library, "bli_thread_set_num_threads")),
      .version = reinterpret_cast<const char* (*)()>(dlsym(library, "bli_info_get_version_str"))};
}

const Blis& blis() {
  static const Blis functions = load();
  return functions;
}

std::string missing() {
  const Blis& library = blis();
  if (library.sgemm == nullptr) return "libblis.so.4 not found: apt-get install libblis4-openmp";
  const bool complete =
      library.threads != nullptr && library.set_threads != nullptr && library.version != nullptr;
  return complete ? "" : "libblis.so.4 lacks bli_thread_get_num_threads, _set_ or its version";
}

// The dot-product kernels that BLIS takes small transposed products with (kernels/haswell/3/sup,
// _rd_, in 0.9.0) read a row past a in what is left of k after steps of 8, where one row is left of
// m after steps of 3: past the end of its memory, that is a fault.
std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_sgemm(problem, weights_packed); !why.empty()) return why;
  const std::int64_t m = problem.extent("m");
  const bool reads_past = m > 1 && m % 3 == 1 && problem.extent("k") % 8 != 0;
  if (problem.choice("transpose_b") == "no" || !reads_past) return "";
  return "BLIS reads past a where weights are transposed, m is 3 i + 1 and k no multiple of 8";
}

Launch bind(const Binding& binding) {
  const GemmArguments gemm = gemm_arguments(binding);
  const int threads = binding.threads;
  prepare_openmp(threads);
  return [gemm, threads, &library = blis()] {
    prepare_openmp(threads);
    if (library.threads() != threads) library.set_threads(threads);
    call_sgemm(library.sgemm, gemm);
  };
}

std::string version() { return missing().empty() ? std::string("BLIS ") + blis().version() : ""; }

}  // namespace

namespace kernel {
extern const Kernel gemm_blis = {
    .primitive = "gemm",
    .name = "blis",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "BLIS' cblas_sgemm, opened at run time",
    .refuses = refuses,
    .missing = missing,
    .bind = bind,
    .version = version,
};
}  // namespace kernel

}  // namespace ergon
