#pragma once

#include <string>
#include <vector>

#include "analysis/compare/compare.h"

namespace ergon {

// What the outputs below are made from; borrowed.
struct CompareReport {
  const std::vector<SideData>& sides;
  const std::vector<PairComparison>& pairs;
  bool every_shape = false;  // for people: also those that are told from nothing, beyond sixty
};

// Sides are called A, B, C, ... in their order.
[[nodiscard]] std::string side_letter(std::size_t side);
// "estimated" where a joule of the pair is not measured, both where they differ; else empty.
[[nodiscard]] std::string mark_of(const CompareReport& report, const PairComparison& pair);
// "f32, 2 threads, uniform, warm, weights plain".
[[nodiscard]] std::string conditions_text(const PointValue& point);

// For people: what was compared and taken for granted, geometric means (of more than two sides a
// matrix), shapes, crossovers, what could not be compared, and what changed between the sides.
[[nodiscard]] std::string compare_text(const CompareReport& report);
[[nodiscard]] std::string compare_markdown(const CompareReport& report);

// A line a pair, shape (or geometric mean) and metric; the first names the columns. `source` says
// what the joules are; numbers that there are not are empty.
[[nodiscard]] std::string compare_csv(const CompareReport& report);

// One object:
//   schema "ergon.compare", version 1; level 0.95, family_wise true
//   sides[]  letter, name, kind ("results", "table"), devices[], source, energy ("gross", "net"),
//            points, first_utc, last_utc, left_out {reason: records}, notes[]
//   pairs[]  first, second (letters); the ratios are second over first
//     source, one_sensor, u_gain (k = 1, of a ratio of energies), notes[]
//     only_first, only_second: shapes that the other has not
//     means[]  name ("all", or a primitive), energy, time, power, edp: a contrast each, with
//     `shapes` shapes[] primitive, kernel, kernel_second (where it differs), shape, extents {axis:
//     n},
//              flops, bytes, conditions {}, reason (where nothing is compared), extrapolated,
//              first and second {energy_j, time_s, power_w, edp_js}, and four contrasts
//     crossovers[] metric, primitive, kernel, axis, others, below, above, at, lower_below (letter)
//     changes[]    name, first[], second[]: what may explain a difference
// A contrast: verdict; reason, where it is "not comparable", or ratio, low, high (simultaneous),
// low_without_gain, high_without_gain, seen (least relative difference that would have been told),
// p (over all tests together), u_own, u_run, u_gain (k = 1, of the logarithm), freedom. Numbers
// that there are not are null.
[[nodiscard]] std::string compare_json(const CompareReport& report);

}  // namespace ergon
