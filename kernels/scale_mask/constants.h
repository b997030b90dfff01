#pragma once

namespace ergon {

// 1 / sqrt(head size) of heads of 64. The axes do not tell the head size, and no cost depends on
// it.
inline constexpr double kScoreScale = 0.125;
inline constexpr float kScoreScaleFloat = 0.125F;

// What a causal mask writes in place of a score: its exponential is 0 beside any score's, and every
// floating type of 16 bits holds it. GPT-2's own value.
inline constexpr double kScoreMasked = -10000;
inline constexpr float kScoreMaskedFloat = -10000;

}  // namespace ergon
