#include "kernels/gemm/cblas.h"

#include "kernels/refusal.h"

namespace ergon {
namespace {

// Of cblas.h.
constexpr int kRowMajor = 101;
constexpr int kNoTranspose = 111;
constexpr int kTranspose = 112;

}  // namespace

std::string refuse_but_sgemm(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_dtypes_but({}, problem); !why.empty()) return why;
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  if (problem.choice("bias") == "yes") return "sgemm adds no bias";
  if (problem.choice("epilogue") != "none") return "sgemm has no epilogue";
  constexpr std::int64_t kIntMax = 2147483647;
  for (const std::int64_t extent : problem.extents) {
    if (extent > kIntMax) return "sgemm takes 32-bit extents";
  }
  return "";
}

void call_sgemm(Sgemm sgemm, const GemmArguments& gemm) {
  const int m = static_cast<int>(gemm.m);
  const int n = static_cast<int>(gemm.n);
  const int k = static_cast<int>(gemm.k);
  sgemm(kRowMajor, kNoTranspose, gemm.transposed ? kTranspose : kNoTranspose, m, n, k, 1, gemm.a, k,
        gemm.b, gemm.transposed ? k : n, 0, gemm.c, n);
}

}  // namespace ergon
