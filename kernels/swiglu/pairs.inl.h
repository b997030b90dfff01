#pragma once

// The gated unit of one pair. Private: included after math/functions.inl.h, in the same region.
inline Vector gated(Vector gate, Vector up) { return mul(silu(gate), up); }
