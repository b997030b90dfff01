#pragma once

#include "kernels/kernel.h"

namespace ergon {

// Whether in and out together are larger than the last cache, all instances of it: then out cannot
// stay in a cache anyway, and non-temporal stores spare the read that a plain store makes first,
// so that the bytes moved are the bytes counted.
[[nodiscard]] inline bool exceeds_caches(const Binding& binding) {
  const auto caches = binding.device.caches();
  if (caches.empty()) return false;
  const std::size_t last =
      caches.back().bytes_each * static_cast<std::size_t>(caches.back().instances);
  return static_cast<std::size_t>(binding.problem.primitive->work(binding.problem).bytes()) > last;
}

}  // namespace ergon
