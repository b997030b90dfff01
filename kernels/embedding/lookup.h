#pragma once

#include "kernels/cpu/elementwise.h"

namespace ergon {

// Threads take equal numbers of tokens, at least 4096 elements each; `copy` moves a row, or what is
// given it of several. Indices are trusted: the caller holds them below the vocabulary.
[[nodiscard]] Launch bind_embedding(const Binding& binding, ElementwiseFunction copy);

}  // namespace ergon
