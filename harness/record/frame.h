#pragma once

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "harness/record/kernel_finder.h"
#include "harness/record/results.h"

namespace ergon {

// What the sampling of a run cost so far; the last of a run's counts.
struct RunSampling {
  int run = 0;
  SamplingCost cost = {};
};

// What a journal keeps one after the other. As bytes: CBOR (RFC 8949), a map of field names with
// "frame" saying which of the four it is. A field that an older ergon did not write is at its
// default.
using Frame = std::variant<RunInfo, IdleStretch, Record, RunSampling>;

[[nodiscard]] std::vector<std::byte> encode_frame(const RunInfo&);
[[nodiscard]] std::vector<std::byte> encode_frame(const IdleStretch&);
[[nodiscard]] std::vector<std::byte> encode_frame(const Record&);
[[nodiscard]] std::vector<std::byte> encode_frame(const RunSampling&);

// The inverse; throws Error for bytes that are no frame.
[[nodiscard]] Frame decode_frame(std::span<const std::byte> bytes, KernelFinder& kernels);

}  // namespace ergon
