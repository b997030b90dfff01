#include "kernels/refusal.h"

#include <fmt/format.h>

namespace ergon {
namespace {

std::string text(const Dtypes& dtypes) {
  return fmt::format("a {}, b {}, accumulate {}, out {}", dtype_name(dtypes.a),
                     dtype_name(dtypes.b), dtype_name(dtypes.accumulate), dtype_name(dtypes.out));
}

}  // namespace

std::string refuse_dtypes_but(const Dtypes& taken, const Problem& problem) {
  return refuse_dtypes_outside({taken}, problem);
}

std::string refuse_dtypes_outside(std::initializer_list<Dtypes> taken, const Problem& problem) {
  std::string list;
  for (const Dtypes& each : taken) {
    if (problem.dtypes == each) return "";
    list += (list.empty() ? "" : " or ") + text(each);
  }
  return fmt::format("takes {} only, not {}", list, text(problem.dtypes));
}

std::string refuse_packed_weights(bool weights_packed) {
  return weights_packed ? "has no packed form of weights" : "";
}

std::string refuse_cost_above(std::int64_t flops_max, const Problem& problem) {
  const Work work = problem.primitive->work(problem);
  const std::int64_t cost = work.flops + work.specials;
  if (cost <= flops_max) return "";
  return fmt::format("too slow for {:.3g} GFLOP; takes at most {:.3g}",
                     static_cast<double>(cost) * 1e-9, static_cast<double>(flops_max) * 1e-9);
}

}  // namespace ergon
