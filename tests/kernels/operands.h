#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/problem.h"

namespace ergon {

// The packed bytes of every operand: inputs uniform in [-1, 1], integers and indices in
// their range,
// from `seed`; the output zero.
[[nodiscard]] std::vector<std::vector<std::byte>> make_operands(const Problem& problem,
                                                                std::uint64_t seed);

// The output as the reference rounds it to its dtype, written into the last operand.
void fill_reference(const Problem& problem, std::vector<std::vector<std::byte>>& operands);

}  // namespace ergon
