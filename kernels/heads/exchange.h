#pragma once

#include "kernels/cpu/elementwise.h"

namespace ergon {

// split_heads and merge_heads: out[b, j, i] = in[b, i, j], rows of head_size floats that stay
// whole. Threads take equal numbers of rows of out, at least 4096 elements each; `copy` moves a
// row.
[[nodiscard]] Launch bind_split_heads(const Binding& binding, ElementwiseFunction copy);
[[nodiscard]] Launch bind_merge_heads(const Binding& binding, ElementwiseFunction copy);

}  // namespace ergon
