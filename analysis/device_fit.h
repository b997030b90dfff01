#pragma once

#include <span>
#include <vector>

#include "analysis/energy_table.h"
#include "analysis/interval.h"
#include "analysis/sample.h"

namespace ergon {

// Whether a sample is of a probe kernel: it identifies the device and gets no row of its own.
[[nodiscard]] bool is_probe(const Sample&);

// The shared coefficients of every device, boundary and thread count that has probe samples: W
// static from all of them, J/flop per register-resident kernel, J/byte per copy kernel and memory
// level. One joint relative-weighted non-negative fit each.
[[nodiscard]] std::vector<DeviceBlock> fit_devices(const SampleSet& samples,
                                                   const BootstrapOptions& options);

// The level that a copy works in: the smallest whose capacity (bytes_each x the instances that
// `threads` threads use) holds all its bytes. Empty, with the reason, within 25 % above a smaller
// level, where both serve it.
[[nodiscard]] std::string memory_level(std::span<const CacheLevel> caches, int threads,
                                       double bytes, bool cold, std::string& why_not);

}  // namespace ergon
