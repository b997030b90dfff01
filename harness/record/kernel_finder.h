#pragma once

#include <map>
#include <string>
#include <string_view>

#include "harness/record/results.h"

namespace ergon {

// Finds the kernels of records. One that this build does not have (of a library, of a GPU) gets a
// stand-in, kept in `results.foreign_kernels`: its records can be fitted and compared all the same.
class KernelFinder {
 public:
  // Borrows `results` for its life.
  explicit KernelFinder(Results& results) : results_(results) {}

  // `id` is "gemm/avx512"; `device` is the stand-in's.
  [[nodiscard]] const Kernel* find(std::string_view id, DeviceKind device);

  // Of a point key, which says both.
  [[nodiscard]] Point point(std::string_view key);

 private:
  Results& results_;
  std::map<std::string, const Kernel*, std::less<>> found_;
};

}  // namespace ergon
