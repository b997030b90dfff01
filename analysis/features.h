#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/device.h"
#include "kernels/primitive.h"
#include "kernels/problem.h"

namespace ergon {

// What of a machine decides how work falls on it: known before anything is run. Zeros where the
// records do not say (imported ones).
struct Machine {
  int lanes = 0;                           // cores or multiprocessors that a launch may use
  std::array<double, 3> cache_bytes = {};  // capacity of L1, L2, L3 over those lanes
  auto operator<=>(const Machine&) const = default;
};
// From the caches of a device, smallest first; `threads` is 0 on a GPU.
[[nodiscard]] Machine machine_of(std::span<const CacheLevel> caches, int threads);

// All that a law may know of one launch: its shape, what follows from it, and the machine. Nothing
// that only a run of it would tell.
struct Features {
  double flops = 0, bytes = 0, specials = 0;  // Work
  double transistor_ops = 0;                  // transistors.h
  double elapsed = 0;  // s: the time law's prediction; a measurement only where a law is identified
  // As products of matrices: `batch` times (m x k) by (k x n); zeros where it is none. Attention is
  // its scores: heads, queries, keys, head size.
  double batch = 0, m = 0, n = 0, k = 0;
  double rows = 0;     // of the output: what is computed independently of each other; else 0
  double outputs = 0;  // elements written
  Machine machine{};
};

// Reads the features of problems of one primitive: names are resolved once, so that asking
// allocates nothing.
class FeatureReader {
 public:
  FeatureReader(const Primitive& primitive, const Dtypes& dtypes, const Machine& machine);
  // Of a problem of that primitive and those dtypes; `elapsed` is left to the caller.
  [[nodiscard]] Features operator()(const Problem& problem) const {
    return (*this)(problem, primitive_->work(problem));
  }
  // The same, for a caller who has counted the problem's work already.
  [[nodiscard]] Features operator()(const Problem& problem, const Work& work) const;

 private:
  // Product of the axes at these places; 1 where there are none.
  struct Places {
    std::array<std::int8_t, 4> at = {-1, -1, -1, -1};
    [[nodiscard]] double product(const Problem& problem) const;
  };
  [[nodiscard]] Places places(std::initializer_list<std::string_view> names) const;

  const Primitive* primitive_;
  Machine machine_;
  bool product_ = false;  // has m, n, k
  Places batch_, m_, n_, k_, rows_;
  bool has_rows_ = false;
  double out_bytes_ = 4;
  double per_flop_ = 0, per_special_ = 0;  // transistor operations
};

}  // namespace ergon
