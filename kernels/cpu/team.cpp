#include "kernels/cpu/team.h"

#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/error.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace ergon {
namespace {

// OpenMP keeps one pool of threads per thread that opens regions, so this is per thread as well.
thread_local int team_size = 0;

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

void enter(int thread) {
  const std::span<const int> cpus = process_cpus();
  pin_to(cpus[static_cast<std::size_t>(thread) % cpus.size()]);
  flush_subnormals();
}

void form_team(int threads) {
  omp_set_dynamic(0);
  omp_set_max_active_levels(1);
  omp_set_num_threads(threads);
  int given = 1;
  if (threads == 1) {
    enter(0);
  } else {
#pragma omp parallel num_threads(threads)
    {
#pragma omp single
      given = omp_get_num_threads();
      enter(omp_get_thread_num());
    }
  }
  if (given != threads) {
    throw Error("kernels/cpu/team: OpenMP gave " + std::to_string(given) + " threads of " +
                std::to_string(threads) + "; unset OMP_THREAD_LIMIT or ask for fewer threads");
  }
  team_size = threads;
}

}  // namespace

std::span<const int> process_cpus() {
  static const std::vector<int> cpus = affinity_mask();
  return cpus;
}

void prepare_team(int threads) {
  ERGON_ASSERT(threads >= 1);
  if (threads != team_size) form_team(threads);
}

void parallel(int threads, void (*body)(int thread, const void* context), const void* context) {
  prepare_team(threads);
  if (threads == 1) {
    body(0, context);
    return;
  }
#pragma omp parallel num_threads(threads)
  body(omp_get_thread_num(), context);
}

void team_barrier(){
#pragma omp barrier
}

Share share(std::int64_t count, std::int64_t multiple, int threads, int thread) {
  const std::int64_t units = (count + multiple - 1) / multiple;
  const std::int64_t begin = units * thread / threads * multiple;
  const std::int64_t end = units * (thread + 1) / threads * multiple;
  return {std::min(begin, count), std::min(end, count)};
}

}  // namespace ergon
