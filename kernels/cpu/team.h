#pragma once

#include <cstdint>
#include <span>

namespace ergon {

// The team of threads that runs a launch. All CPU kernels, the libraries' too, run on it.
//
// The rules: a team of n is the calling thread and n - 1 of OpenMP's, thread t pinned to the t-th
// CPU of the affinity mask that the process began with. Pinning happens when the team's size
// changes, and stays: the caller keeps its CPU after the launch, and a thread that the caller
// starts later inherits that mask unless it widens it (process_cpus). Every member runs with
// subnormals flushed to zero (FTZ and DAZ on x86), for all kernels alike, since an underflowing
// output would cost one kernel 1.5 times its time and another nothing. A team of one is the caller,
// without a fork. A team must be used from one thread at a time.

// The CPUs of the affinity mask that the process had at the first call; at least one.
[[nodiscard]] std::span<const int> process_cpus();

// Makes the team: n members, pinned, and OpenMP's default for libraries that use it set to n.
// Nothing but a comparison where the last call from this thread asked for the same n. Throws Error
// where OpenMP gives fewer threads. What a library's bind and launch call first.
void prepare_team(int threads);

// Runs body(thread, context) on each member, 0 .. threads - 1, and returns when all have returned.
void parallel(int threads, void (*body)(int thread, const void* context), const void* context);

// The same for a callable f(int thread); nothing is allocated.
template <class Function>
void parallel(int threads, const Function& function) {
  parallel(
      threads,
      [](int thread, const void* context) { (*static_cast<const Function*>(context))(thread); },
      &function);
}

// Runs f on the first `members` of a team of `threads`, for problems too small for all; one member
// is the caller, without a fork and without changing the team.
template <class Function>
void parallel_first(int members, int threads, const Function& function) {
  if (members == 1) {
    prepare_team(threads);
    function(0);
    return;
  }
  parallel(threads, [&](int thread) {
    if (thread < members) function(thread);
  });
}

// Waits until every member of the running team is here; nothing in a team of one.
void team_barrier();

// A thread's contiguous part of `count` items, cut at multiples of `multiple`; parts differ by at
// most one multiple, and may be empty.
struct Share {
  std::int64_t begin;
  std::int64_t end;
};
[[nodiscard]] Share share(std::int64_t count, std::int64_t multiple, int threads, int thread);

}  // namespace ergon
