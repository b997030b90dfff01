#include <dlfcn.h>

#include <string>
#include <vector>

#include "kernels/cpu/parts.h"
#include "kernels/error.h"
#include "kernels/gemm/cblas.h"
#include "kernels/gemm/library.h"
#include "kernels/gemm/plan.h"

namespace ergon {
namespace {

// c += a b or c = a b of one shape, generated for it; column-major.
using Multiply = void (*)(const float* a, const float* b, float* c, ...);
using Dispatch = Multiply (*)(int m, int n, int k, const int* lda, const int* ldb, const int* ldc,
                              const float* alpha, const float* beta, const int* flags,
                              const int* prefetch);

Dispatch load() {
  constexpr const char* kNames[] = {
#if defined(ERGON_XSMM_LIBRARY)
    ERGON_XSMM_LIBRARY,  // of the archive that this build was made with
#endif
    "libxsmm.so.1",
    "libxsmm.so",
  };
  void* library = open_library(kNames);
  if (library == nullptr) return nullptr;
  return reinterpret_cast<Dispatch>(dlsym(library, "libxsmm_smmdispatch"));
}

Dispatch dispatch() {
  static const Dispatch function = load();
  return function;
}

std::string missing() {
  return dispatch() != nullptr ? ""
                               : "no libxsmm: apt-get install libxsmm-dev and build ergon again";
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_but_sgemm(problem, weights_packed); !why.empty()) return why;
  if (problem.choice("transpose_b") == "yes") return "libxsmm takes no transposed weights";
  return "";
}

// One member's part of c: some rows of all columns or some columns of all rows.
struct Part {
  Multiply multiply = nullptr;
  std::int64_t row = 0, column = 0;
};

// Row-major c = a b is column-major c^T = b^T a^T: our columns are its rows.
Multiply generate(std::int64_t rows, std::int64_t columns, const GemmArguments& gemm) {
  const int n = static_cast<int>(gemm.n), k = static_cast<int>(gemm.k);
  const float alpha = 1, beta = 0;
  const int flags = 0, prefetch = 0;
  const Multiply multiply = dispatch()(static_cast<int>(columns), static_cast<int>(rows), k, &n, &k,
                                       &n, &alpha, &beta, &flags, &prefetch);
  if (multiply == nullptr) {
    throw Error("libxsmm generates no code for a part of " + std::to_string(rows) + " x " +
                std::to_string(columns) + "; leave this kernel out of the sweep");
  }
  return multiply;
}

std::vector<Part> divide(const GemmArguments& gemm, int members) {
  std::vector<Part> parts;
  for (int member = 0; member < members; ++member) {
    if (gemm.m >= members) {
      const Share rows = share(gemm.m, 1, members, member);
      parts.push_back({generate(rows.end - rows.begin, gemm.n, gemm), rows.begin, 0});
    } else {
      const Share columns = share(gemm.n, 16, members, member);
      if (columns.begin == columns.end) continue;
      parts.push_back({generate(gemm.m, columns.end - columns.begin, gemm), 0, columns.begin});
    }
  }
  return parts;
}

Launch bind(const Binding& binding) {
  const GemmArguments gemm = gemm_arguments(binding);
  const int threads = binding.threads;
  const int members = gemm_threads(gemm.m * gemm.n * gemm.k, threads);
  prepare_team(threads);
  const std::vector<Part> parts = divide(gemm, members);
  return [gemm, parts, members, threads] {
    parallel_first(members, threads, [&](int member) {
      if (static_cast<std::size_t>(member) >= parts.size()) return;
      const Part& part = parts[static_cast<std::size_t>(member)];
      part.multiply(gemm.b + part.column, gemm.a + part.row * gemm.k,
                    gemm.c + part.row * gemm.n + part.column);
    });
  };
}

std::string version() {
  if (!missing().empty()) return "";
#if defined(ERGON_XSMM_VERSION)
  return "libxsmm " ERGON_XSMM_VERSION;
#else
  return "libxsmm 1";
#endif
}

}  // namespace

namespace kernel {
extern const Kernel gemm_xsmm = {
    .primitive = "gemm",
    .name = "xsmm",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "libxsmm's code generated for one shape, opened at run time; threads divide rows",
    .refuses = refuses,
    .missing = missing,
    .bind = bind,
    .version = version,
};
}  // namespace kernel

}  // namespace ergon
