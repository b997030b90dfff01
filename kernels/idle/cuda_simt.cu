#include "kernels/cuda/elements.h"

namespace ergon::ERGON_CUDA {
namespace {

// A warp for each scheduler of every multiprocessor reads the clock until the time is over: the
// device is awake and does nothing. A block takes all of a multiprocessor's shared memory, so that
// each has one. The clock may tick as coarsely as a microsecond; a launch lasts no less than asked.
struct Spin {
  struct Arguments {
    float* out;
    std::uint64_t nanoseconds;
  };
  static constexpr int kThreads = 128;
  static constexpr int kBlocks = 1;
  static constexpr int kSm = 53;

  ERGON_LANE static void run(const Arguments& x) {
    const std::uint64_t start = nanoseconds();
    while (nanoseconds() - start < x.nanoseconds) {
    }
    if (block_x() == 0 && thread_index() == 0) store_once(x.out, 1.0F);
  }
};

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  return refuse_dtypes_but(kF32, problem);
}

Launch bind(const Binding& binding) {
  const auto microseconds = static_cast<std::uint64_t>(binding.problem.extent("microseconds"));
  const CudaProperties& gpu = cuda_device(binding.device).properties();
  const Grid grid = {.x = gpu.multiprocessors,
                     .shared_bytes = static_cast<int>(gpu.shared_bytes_max)};
  return make_launch<Spin>(binding.device, grid,
                           {.out = operand<float>(binding, 0), .nanoseconds = 1000 * microseconds});
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel idle_cuda_simt = {
    .primitive = "idle",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "looks at the clock, on every multiprocessor",
    .refuses = ERGON_CUDA::refuses,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
