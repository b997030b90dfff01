#pragma once

#include <algorithm>

#include "kernels/kernel.h"

namespace ergon {

// Whether in and out together are larger than the last cache, all instances of it: then out cannot
// stay in a cache anyway, and non-temporal stores spare the read that a plain store makes first,
// so that the bytes moved are the bytes counted. Of an instance 32 MiB count, what a chiplet's
// cores share: a mesh's larger cache is shared by a whole socket, of which a virtual machine sees
// little, and is hardly faster than memory (Granite Rapids, 480 MiB, one thread: plain copies of 34
// MB move 21.7 GB/s, non-temporal ones 27.9).
[[nodiscard]] inline bool exceeds_caches(const Binding& binding) {
  const auto caches = binding.device.caches();
  if (caches.empty()) return false;
  constexpr std::size_t kShareMax = std::size_t{32} << 20;
  const std::size_t last = std::min(caches.back().bytes_each, kShareMax) *
                           static_cast<std::size_t>(caches.back().instances);
  return static_cast<std::size_t>(binding.problem.primitive->work(binding.problem).bytes()) > last;
}

}  // namespace ergon
