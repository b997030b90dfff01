#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "kernels/problem.h"

namespace ergon {

// Reasons that many kernels share; empty where there is none. For Kernel::refuses.

// The kernel takes one set of dtypes only, or any of some.
[[nodiscard]] std::string refuse_dtypes_but(const Dtypes& taken, const Problem& problem);
[[nodiscard]] std::string refuse_dtypes_outside(std::initializer_list<Dtypes> taken,
                                                const Problem& problem);

// The primitive has no weights, or the kernel has no packed form of them.
[[nodiscard]] std::string refuse_packed_weights(bool weights_packed);

// What a slow kernel says of a large problem, so that `gemm/*` over real shapes stays affordable.
// The cost is work flops plus specials.
[[nodiscard]] std::string refuse_cost_above(std::int64_t flops_max, const Problem& problem);

// The most that `reference` kernels take: about a second of plain loops.
inline constexpr std::int64_t kReferenceFlopsMax = 1'000'000'000;

}  // namespace ergon
