#pragma once

#include <cstdint>

#include "kernels/cpu/member.h"

namespace ergon {

// The team of threads that runs a launch.
//
// The rules: a team of n is the calling thread and n - 1 of its own, thread t pinned to the t-th
// CPU of the affinity mask that the process began with (kernels/cpu/member.h). Pinning happens when
// the team's size changes, and stays: the caller keeps its CPU after the launch, and a thread that
// the caller starts later inherits that mask unless it widens it (process_cpus). A fork and join
// takes two journeys of a cache line between cores: 0.4 us on Zen 4, and 0.6 with what goes around
// them (measured). After a launch the members spin for about a millisecond, then they sleep. A team
// of one is the caller, without a fork. A team belongs to the thread that uses it; bodies must not
// fork again. Libraries bring OpenMP's threads (kernels/cpu/openmp.h), pinned alike.

// Makes the team; nothing but a comparison where the last call from this thread asked for the same
// n. Throws Error where the system gives fewer threads.
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

// A thread's contiguous part of `count` items, cut at multiples of `multiple`; parts differ by at
// most one multiple, and may be empty.
struct Share {
  std::int64_t begin;
  std::int64_t end;
};
[[nodiscard]] Share share(std::int64_t count, std::int64_t multiple, int threads, int thread);

}  // namespace ergon
