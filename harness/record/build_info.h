#pragma once

#include <span>
#include <string_view>

namespace ergon {

// SHA-256 of the sources of one primitive's kernels, with the sources that all kernels share.
struct KernelSource {
  std::string_view primitive, sha256;
};

// What was built, and how. Written by build_info.cmake at each build.
struct BuildInfo {
  std::string_view revision;  // git; empty where it was not built in a checkout
  bool dirty;                 // tracked files differed from the revision
  std::string_view compiler;  // "GNU 12.2.0"
  std::string_view flags;     // of the kernels, as on the compiler's command line
  std::string_view build_type;
  std::span<const KernelSource> kernels;  // sorted by primitive
};
[[nodiscard]] const BuildInfo& build_info();

}  // namespace ergon
