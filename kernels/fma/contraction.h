#pragma once

#include <cstddef>

namespace ergon {

// The factor a of the probe's y = a y + x. Below 1, so that y tends to x / (1 - a) and neither
// grows nor dies away however often it is applied.
inline constexpr float kContraction = 0.75f;

// Lane i adds in[i % 32]. Few enough that all inputs stay in registers beside the chains, and more
// than a vector, so that one chain's operands differ from the next one's: an arithmetic unit that
// saw the same bits again and again would draw less power than in any real kernel.
inline constexpr std::size_t kFmaInputs = 32;

}  // namespace ergon
