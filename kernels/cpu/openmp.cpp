#include "kernels/cpu/openmp.h"

#include <omp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "kernels/cpu/member.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// OpenMP keeps one pool of threads per thread that opens regions, so this is per thread as well.
thread_local int pool_size = 0;
thread_local std::vector<int> pool;

void enter(int thread, std::vector<int>& numbers) {
  become_member(thread);
  numbers.at(static_cast<std::size_t>(thread)) = static_cast<int>(syscall(SYS_gettid));
}

void form_pool(int threads) {
  std::vector<int> numbers(static_cast<std::size_t>(threads));
  omp_set_dynamic(0);
  omp_set_max_active_levels(1);
  omp_set_num_threads(threads);
  int given = 1;
  // Outside of a region as well: LLVM's OpenMP gives the members of one the modes of its caller.
  enter(0, numbers);
  if (threads > 1) {
#pragma omp parallel num_threads(threads)
    {
#pragma omp single
      given = omp_get_num_threads();
      enter(omp_get_thread_num(), numbers);
    }
  }
  if (given != threads) {
    throw Error("kernels/cpu/openmp: OpenMP gave " + std::to_string(given) + " threads of " +
                std::to_string(threads) + "; unset OMP_THREAD_LIMIT or ask for fewer threads");
  }
  pool_size = threads;
  pool = std::move(numbers);
}

}  // namespace

void prepare_openmp(int threads) {
  ERGON_ASSERT(threads >= 1);
  if (threads != pool_size) form_pool(threads);
}

std::span<const int> openmp_threads() { return pool; }

}  // namespace ergon
