#pragma once

#include <string>
#include <vector>

#include "kernels/cuda/launch.h"

namespace ergon::model {

// Runs a Launchable once on a model of its own; gives the error, or empty.
template <class Launchable>
[[nodiscard]] std::string run_once(std::uint64_t seed, const Grid& grid,
                                   const typename Launchable::Arguments& arguments) {
  ModelDevice device(seed);
  make_launch<Launchable>(device, grid, arguments)();
  return device.synchronize();
}

// Arguments of many a kernel here.
struct Pointers {
  const float* in;
  float* out;
};

inline float* shared_floats() { return reinterpret_cast<float*>(shared_memory()); }

// The error of one launch.
template <class Launchable>
[[nodiscard]] std::string error_of(int shared_bytes) {
  const std::vector<float> in(1024, 1.0F);
  std::vector<float> out(1024);
  return run_once<Launchable>(1, {.shared_bytes = shared_bytes}, {in.data(), out.data()});
}

inline bool has(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// Lanes that do not meet.
struct LanesApart {
  using Arguments = Pointers;
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    x.out[thread_index()] = thread_index() < 16 ? shuffle(1.0F, 0) : shuffle_xor(1.0F, 1);
  }
};

}  // namespace ergon::model
