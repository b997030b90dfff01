#pragma once

namespace ergon {

// What layernorm and rmsnorm add to the mean square before its root: what GPT-2 and Llama add.
inline constexpr double kNormEpsilon = 1e-5;
inline constexpr float kNormEpsilonFloat = 1e-5F;

}  // namespace ergon
