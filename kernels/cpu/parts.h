#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/team.h"

namespace ergon {

// The rule for small problems: as many threads as have at least `least` of the `count` items each,
// and one where none has. Forking costs 0.6 us, so `least` should be some microseconds of work.
[[nodiscard]] inline int threads_worthwhile(std::int64_t count, std::int64_t least, int threads) {
  const std::int64_t worth = std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, least));
  return static_cast<int>(std::min<std::int64_t>(worth, threads));
}

// f(begin, end) for the parts of `count` items, cut at multiples of `multiple`, one part a member:
// the first `members` of a team of `threads`.
template <class Function>
void over_parts(std::int64_t count, std::int64_t multiple, int members, int threads,
                const Function& f) {
  parallel_first(members, threads, [&](int member) {
    const Share part = share(count, multiple, members, member);
    if (part.begin < part.end) f(part.begin, part.end);
  });
}

}  // namespace ergon
