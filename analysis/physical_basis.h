#pragma once

#include <cstddef>
#include <span>

#include "analysis/model_form.h"

namespace ergon {

// What a launch can be made to pay for, from its shape and the machine alone:
// - launches, FLOPs, specials, bytes;
// - FLOPs padded to whole tiles of the output, at a few tile sizes, and to whole waves of tiles
//   where the machine's lanes are known: what a product of few rows really computes;
// - k (the length of a tile's chain of sums), rows, elements written;
// - bytes over each cache level, where the caches are known;
// - bytes over each of a ladder of thresholds, half an octave apart. With coefficients that are
//   never negative these make any cost that is convex in bytes: where a launch stops hiding the
//   work, where a cache stops holding it. The regimes are found by the data that way; no threshold
//   is chosen by hand.
// `target` decides the units.
[[nodiscard]] std::span<const Term> physical_terms(Target target);
[[nodiscard]] double physical_quantity(const Features& features, std::size_t term) noexcept;

}  // namespace ergon
