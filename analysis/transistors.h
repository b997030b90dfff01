#pragma once

#include <string_view>

#include "kernels/dtype.h"

namespace ergon {

// Transistor operations: transistors of the gates that an operation passes once, after Li,
// Tsourdos, Guo, "Transistor operation model for deep learning energy consumption scaling law",
// arXiv 2205.15062. Its own counts were not published; these are built from gates up, and every
// count has its derivation in transistors.cpp. They say how operations of unlike kinds and formats
// compare in switched logic; wires, registers and memory are not in them.

// Of one adder and one multiplier of a format. Integers: exact products, sums of 32 bits.
[[nodiscard]] double adder_transistors(Dtype dtype);
[[nodiscard]] double multiplier_transistors(Dtype dtype);

// A FLOP of a multiply-add: half a multiplier of the inputs and half an adder of the sums.
[[nodiscard]] double transistors_per_flop(const Dtypes& dtypes);
// One special (exp, erf, tanh, division, square root) of a primitive, by its instruction mix.
[[nodiscard]] double transistors_per_special(std::string_view primitive, const Dtypes& dtypes);

}  // namespace ergon
