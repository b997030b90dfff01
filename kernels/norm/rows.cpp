#include "kernels/norm/rows.h"

#include "kernels/copy/levels.h"
#include "kernels/cpu/rows.h"

namespace ergon {

namespace {

// A row of x and of out, the next ones of both, gamma and beta stay in the nearest cache together.
// Where they do not, the next row of out pushes out what is still needed: rows of 6 KiB and more
// are 8 to 15 % faster without it (Zen 4, 32 KiB), unless they come from memory, where it is all
// the same.
bool fits_nearest(const Binding& binding) {
  constexpr std::size_t kUsual = std::size_t{32} << 10;
  const auto caches = binding.device.caches();
  const std::size_t nearest = caches.empty() ? kUsual : caches.front().bytes_each;
  const auto columns = static_cast<std::size_t>(binding.problem.extent("columns"));
  return 6 * columns * sizeof(float) <= nearest;
}

}  // namespace

bool norm_streams(const Binding& binding) {
  constexpr std::int64_t kLine = 16;  // floats
  return exceeds_caches(binding) && binding.problem.extent("columns") % kLine == 0;
}

Launch bind_norm(const Binding& binding, NormFunction function) {
  const bool shifted = binding.operands.size() == 4;
  const NormArguments norm = {.columns = binding.problem.extent("columns"),
                              .x = floats_of(binding, 0),
                              .gamma = floats_of(binding, 1),
                              .beta = shifted ? floats_of(binding, 2) : nullptr,
                              .out = floats_of(binding, shifted ? 3 : 2),
                              .out_ahead = fits_nearest(binding)};
  return bind_rows(binding, binding.problem.extent("rows"), norm.columns,
                   [=](std::int64_t begin, std::int64_t end) { function(norm, begin, end); });
}

}  // namespace ergon
