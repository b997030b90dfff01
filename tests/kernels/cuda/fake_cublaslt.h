#pragma once

#include <cstdint>

namespace ergon {

// The controls of the fake libcublasLt.so that tests load: plain data, so that a test can reach
// them through dlsym("fake_cublaslt"). Algorithms are known by numbers.
struct FakeCublasLt {
  static constexpr int kSlow = 1, kFast = 2, kFailing = 3, kPedantic = 4;
  std::int64_t launches = 0, queries = 0;
  int slow_ms = 0;        // what a launch of another algorithm than kFast takes
  int live = 0;           // handles and descriptors that are not destroyed
  int launched_last = 0;  // its algorithm
  const void* stream = nullptr;
  bool supports = true;  // else the heuristics know no algorithm
  bool fails = false;    // every launch from now on
};
using FakeCublasLtControl = FakeCublasLt* (*)();

}  // namespace ergon
