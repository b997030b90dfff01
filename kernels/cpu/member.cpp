#include "kernels/cpu/member.h"

#include <sched.h>

#include <cstdint>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace ergon {
namespace {

void flush_subnormals() {
#if defined(__x86_64__)
  constexpr unsigned kFlushToZero = 0x8000;
  constexpr unsigned kDenormalsAreZero = 0x0040;
  _mm_setcsr(_mm_getcsr() | kFlushToZero | kDenormalsAreZero);
#elif defined(__aarch64__)
  std::uint64_t control = 0;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  control |= std::uint64_t{1} << 24;  // FZ
  __asm__ volatile("msr fpcr, %0" : : "r"(control));
#endif
}

// Best effort: a sandbox may forbid it, and the work is right anyway.
void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  (void)sched_setaffinity(0, sizeof set, &set);
}

std::vector<int> affinity_mask() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

}  // namespace

std::span<const int> process_cpus() {
  static const std::vector<int> cpus = affinity_mask();
  return cpus;
}

void become_member(int index) {
  const std::span<const int> cpus = process_cpus();
  pin_to(cpus[static_cast<std::size_t>(index) % cpus.size()]);
  flush_subnormals();
}

}  // namespace ergon
