#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "harness/config/fill.h"
#include "kernels/kernel.h"
#include "kernels/problem.h"

namespace ergon {

// Everything that is held fixed while a point is measured. Its key is portable: no host, no build.
struct Point {
  Problem problem;
  const Kernel* kernel = nullptr;
  int threads = 1;  // 0 on a GPU
  Fill fill;
  bool cold = false;  // operands from memory (rotating buffers) or from cache
  bool weights_packed = false;
};

// Canonical key of every measured condition: problem_key, then "/cold=no,fill=uniform,
// kernel=avx512,seed=1,threads=2,weights=plain" (sorted names; zero_permille where sparse).
[[nodiscard]] std::string point_key(const Point&);

// Lower-case hexadecimal SHA-256 of point_key: what resume and collect go by.
[[nodiscard]] std::string point_id(const Point&);

// The inverse of point_key; throws Error where this build has no such kernel or primitive.
[[nodiscard]] Point point_from_key(std::string_view key);

// The same with kernels found by another function, which gives null for one that it does not have.
using FindKernel = std::function<const Kernel*(std::string_view id)>;
[[nodiscard]] Point point_from_key(std::string_view key, const FindKernel& find);

}  // namespace ergon
