#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "harness/meter/external_trace.h"
#include "harness/units.h"

namespace ergon {

// A stretch of full load between two idle ones, by the harness's clock.
struct Pulse {
  std::int64_t begin_ns = 0, end_ns = 0;
};

// The chirp: load for 2 s, 1 s and 3 s, idle for 1 s and 2 s between, so that no shift of the
// pattern looks like the pattern. `begin_ns` is the begin of the first pulse.
[[nodiscard]] std::array<Pulse, 3> chirp(std::int64_t begin_ns);

// Idle time that a chirp needs before and after it.
inline constexpr Seconds kChirpRest{1};

struct Alignment {
  std::int64_t offset_ns = 0;  // harness time = trace time + this
  Seconds u_offset;            // standard uncertainty (k = 1)
  double quality = 0;          // correlation of trace and pulses there, 0 to 1
  double quality_next = 0;     // best correlation a shortest pulse or more away
};

// Finds the pulses in the trace: the offset at which the trace's power correlates best with them
// (Pearson). u_offset joins the curvature of the squared residuals at the best offset with one
// sampling interval over sqrt(12): pulses of whole seconds meet a regular sampling grid in the same
// phase every time. Throws Error where the trace is shorter than the pulses and their rest, where
// the best correlation is below 0.8 (weak), or the next within 0.1 of it (ambiguous).
[[nodiscard]] Alignment align_trace(const Trace& trace, std::span<const Pulse> pulses);

}  // namespace ergon
