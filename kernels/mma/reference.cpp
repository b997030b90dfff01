#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/rows.h"
#include "kernels/kernel.h"
#include "kernels/mma/tiles.h"

namespace ergon {
namespace {

void mma_tile(const float* a, const float* b, float* out, std::int64_t tile, std::int64_t depth) {
  for (std::int64_t i = 0; i < kMmaRows * kMmaColumns; ++i) {
    float sum = 0;
    for (std::int64_t step = 0; step < depth; ++step) {
      const std::int64_t row = step % kMmaInputs * kMmaRows + i / kMmaColumns;
      const std::int64_t column = (step + tile) % kMmaInputs * kMmaColumns + i % kMmaColumns;
      for (std::int64_t k = 0; k < kMmaDepth; ++k) {
        sum += a[row * kMmaDepth + k] * b[column * kMmaDepth + k];
      }
    }
    out[i] = sum;
  }
}

Launch bind(const Binding& binding) {
  const float* a = floats_of(binding, 0);
  const float* b = floats_of(binding, 1);
  float* out = floats_of(binding, 2);
  const std::int64_t depth = binding.problem.extent("depth");
  constexpr std::int64_t kTile = kMmaRows * kMmaColumns;
  return bind_rows(binding, binding.problem.extent("tiles"), kTile * depth,
                   [=](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t tile = begin; tile < end; ++tile) {
                       mma_tile(a, b, out + tile * kTile, tile, depth);
                     }
                   });
}

}  // namespace

namespace kernel {
extern const Kernel mma_reference = {
    .primitive = "mma",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition, in floats",
    .refuses = refuse_reference,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
