#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace ergon::model {

// While it lives, subnormal numbers are numbers, as they are to a GPU. The teams that CPU kernels
// run on flush them to zero, and leave their threads so (kernels/cpu/member.cpp).
class Subnormals {
 public:
#if defined(__x86_64__)
  // Bits 15 and 6 of MXCSR: Intel SDM, "MXCSR Control and Status Register".
  Subnormals() : control_(_mm_getcsr()) { _mm_setcsr(static_cast<unsigned>(control_) & ~0x8040U); }
  ~Subnormals() { _mm_setcsr(static_cast<unsigned>(control_)); }
#elif defined(__aarch64__)
  Subnormals() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(control_));
    set(control_ & ~(std::uint64_t{1} << 24));
  }
  ~Subnormals() { set(control_); }
#endif
  Subnormals(const Subnormals&) = delete;
  Subnormals& operator=(const Subnormals&) = delete;

 private:
#if defined(__aarch64__)
  static void set(std::uint64_t control) { __asm__ volatile("msr fpcr, %0" : : "r"(control)); }
#endif
  std::uint64_t control_ = 0;
};

}  // namespace ergon::model
