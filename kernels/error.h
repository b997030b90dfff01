#pragma once

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace ergon {

// This command cannot go on. The message says what, where, and what to do; bench/ergon.cpp prints
// it and exits 2. A machine or a point that cannot do a thing is a value with a reason, not this.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: ergon is wrong: %s does not hold; please report this\n", file, line,
               condition);
  std::abort();
}

}  // namespace ergon

// We are wrong: on in every build, aborts with the place. Not for input, not inside kernels.
#define ERGON_ASSERT(condition) \
  ((condition) ? void(0) : ::ergon::assertion_failed(#condition, __FILE__, __LINE__))
