#include "bench/contest_target.h"

#include <cmath>

#include <fmt/format.h>

namespace ergon {
namespace {

ContestClass gemm_class(const Point& condition) {
  const Problem& problem = condition.problem;
  const bool transposed = problem.choice("transpose_b") == "yes";
  const std::string name = transposed ? "gemm NT" : "gemm NN";
  const std::int64_t m = problem.extent("m");
  if (condition.weights_packed) return {name + ", packed", {}};
  if (m == 1) return {name + ", m = 1", {.ratio = 0.93}};
  if (m < 16) return {name + ", m < 16", {.ratio = 0.95}};
  if (m < 128) return {name + ", small or odd", {.ratio = transposed ? 1.03 : 0.97}};
  return {name + ", m >= 128", {.ratio = 0.90, .of_ceiling = 0.84, .mean = 0.96}};
}

ContestClass layernorm_class(const Problem& problem) {
  constexpr std::int64_t kLarge = 16'000'000;
  const std::int64_t bytes = 4 * problem.extent("rows") * problem.extent("columns");
  if (bytes >= kLarge) return {"layernorm, 16 MB and more", {.ratio = 1.5}};
  return {"layernorm", {.ratio = 1.15}};
}

ContestClass attention_class(const Problem& problem, int threads) {
  Target target{.ratio = threads > 1 ? 1.20 : 1.10};
  if (problem.extent("queries") >= 512) target.of_ceiling = 0.80;
  return {"attention", target};
}

}  // namespace

// Of kernels without wgmma: what the SIMT and mma.sync rungs are to reach.
ContestClass gpu_class(const Problem& problem) {
  const std::string_view primitive = problem.primitive->name;
  const std::string name = fmt::format("{} {} on a GPU", primitive, dtype_name(problem.dtypes.a));
  if (primitive == "gemm") return {name, {.ratio = problem.dtypes == Dtypes{} ? 0.80 : 0.45}};
  if (primitive == "attention") return {name, {.ratio = 0.45}};
  return {name, {.of_ceiling = 0.85}};
}

ContestClass class_of(const Point& condition) {
  if (condition.threads == 0) return gpu_class(condition.problem);
  const Problem& problem = condition.problem;
  const std::string_view primitive = problem.primitive->name;
  if (problem.dtypes != Dtypes{}) {
    const bool packed = condition.weights_packed;
    return {
        fmt::format("{} {}{}", primitive, dtype_name(problem.dtypes.a), packed ? ", packed" : ""),
        {.ratio = primitive == "gemm" && packed ? 0.85 : 0}};
  }
  if (primitive == "gemm") return gemm_class(condition);
  if (primitive == "layernorm") return layernorm_class(problem);
  if (primitive == "attention") return attention_class(problem, condition.threads);
  if (primitive == "softmax") return {"softmax", {.ratio = condition.threads > 1 ? 2.0 : 1.5}};
  if (primitive == "gelu") {
    const bool erf = problem.choice("form") == "erf";
    return {erf ? "gelu erf" : "gelu tanh", {.ratio = erf ? 1.3 : 1.8}};
  }
  return {std::string(primitive), {}};
}

std::string verdict(const Ratio& ratio, double least) {
  if (least == 0 || std::isnan(ratio.high)) return "";
  return ratio.high >= least ? "pass" : "short";
}

std::string verdict(const ContestResult& result, const Target& target) {
  const std::string speed = verdict(result.ratio, target.ratio);
  const std::string share = verdict(result.of_ceiling, target.of_ceiling);
  if (speed == "short" || share == "short") return "short";
  return speed.empty() ? share : speed;
}

}  // namespace ergon
