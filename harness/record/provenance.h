#pragma once

#include <string>
#include <string_view>

#include "harness/record/results.h"
#include "kernels/device.h"

namespace ergon {

// Compiler, flags, git revision and whether the tree was dirty, as one line of JSON, and its
// SHA-256. Fixed when ergon is built.
[[nodiscard]] std::string build_description();
[[nodiscard]] std::string build_hash();

// Canonical "attention=<sha256>,gemm=<sha256>,..." over the kernel sources of this build, and the
// hash of one primitive's; empty where it has no sources here. Sources that all kernels share
// count in each.
[[nodiscard]] std::string kernels_hash();
[[nodiscard]] std::string kernel_hash(std::string_view primitive);

// Host, CPU, software, environment and placement as JSON (reference: README.md, "Result file").
// Tokens and secrets of the environment are left out.
[[nodiscard]] std::string provenance_json(const Device& device, const std::string& command_line);

}  // namespace ergon
