#include <algorithm>

#include "kernels/cuda/launch.h"
#include "kernels/refusal.h"

namespace ergon::ERGON_CUDA {
namespace {

constexpr Dtypes kF32 = {};

struct ResidualAdd {
  struct Arguments {
    const float* a;
    const float* b;
    float* out;
    std::int64_t count;
  };
  static constexpr int kThreads = 256;
  static constexpr int kBlocks = 4;
  static constexpr int kSm = 53;
  ERGON_LANE static void run(const Arguments& x) {
    const std::int64_t stride = std::int64_t{blocks_x()} * kThreads;
    for (std::int64_t i = std::int64_t{block_x()} * kThreads + thread_index(); i < x.count;
         i += stride) {
      store_once(x.out + i, load_once(x.a + i) + load_once(x.b + i));
    }
  }
};

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  return refuse_dtypes_but(kF32, problem);
}

Launch bind(const Binding& binding) {
  const std::int64_t count = binding.problem.extent("elements");
  const auto floats = [&](std::size_t i) {
    return reinterpret_cast<float*>(binding.operands[i].get());
  };
  const int blocks = 8 * cuda_device(binding.device).properties().multiprocessors;
  return make_launch<ResidualAdd>(
      binding.device, {.x = std::min<std::int64_t>(blocks, (count + 255) / 256)},
      {.a = floats(0), .b = floats(1), .out = floats(2), .count = count});
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel residual_add_cuda_simt = {
    .primitive = "residual_add",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "one thread an element",
    .refuses = ERGON_CUDA::refuses,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
