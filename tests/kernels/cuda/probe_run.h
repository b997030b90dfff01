#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/cuda/cuda_device.h"
#include "tests/kernels/cuda/conformance.h"

namespace ergon {

// The words that a probe reads, the same on every machine.
[[nodiscard]] std::vector<std::uint32_t> probe_input(const Probe& probe);

// What a probe writes over words of 0xa5; throws Error where the launch fails.
[[nodiscard]] std::vector<std::uint32_t> run_probe(const Probe& probe, CudaDevice& device);

// What stands for an output in a golden file: 16 hexadecimal digits (FNV-1a).
[[nodiscard]] std::string digest_of(const std::vector<std::uint32_t>& words);

// How two outputs of a probe differ.
struct ProbeDifference {
  int words_beyond = 0;       // that differ by more than the probe allows
  std::int64_t ulps_max = 0;  // of floats, where some ulps are allowed
  std::string first = {};     // "word 3: 0x3f800000 for 0x3f800001"; empty where none is beyond
};
[[nodiscard]] ProbeDifference compare_probe(const Probe& probe,
                                            const std::vector<std::uint32_t>& got,
                                            const std::vector<std::uint32_t>& expected);

}  // namespace ergon
