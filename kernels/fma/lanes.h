#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace ergon {

// out[i] = `depth` steps of y = kContraction y + in[i % kFmaInputs] from y = 0, for the lanes from
// `begin` to `end`, a multiple of 960 at the start; serial.
using FmaFunction = void (*)(const float* in, float* out, std::int64_t begin, std::int64_t end,
                             std::int64_t depth);

// Threads take equal numbers of blocks of 960 lanes, the least common multiple of what the kernels
// need to fill the ports (12 zmm or 10 ymm): lanes = 960 x threads keeps all of them at the
// ceiling.
[[nodiscard]] Launch bind_fma(const Binding& binding, FmaFunction function);

}  // namespace ergon
