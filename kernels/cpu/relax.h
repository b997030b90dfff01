#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ergon {

// Tells the core that this is a spin: it saves power and leaves its twin the ports.
inline void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

}  // namespace ergon
