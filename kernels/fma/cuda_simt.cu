#include "kernels/cuda/elements.h"
#include "kernels/fma/contraction.h"

namespace ergon::ERGON_CUDA {
namespace {

// A scheduler issues one warp's FFMA each clock and a result takes four clocks: four independent
// chains of a scheduler's warps would do, and here are 8 warps of 8 chains each. A round is 128
// FFMA and some three instructions of its loop, so that at most 2 % of the issues are not counted.
// All schedulers are busy from 132 x 1024 x 8 lanes on, with 132 multiprocessors. The 32 inputs
// differ from chain to chain.
struct FmaChains {
  struct Arguments {
    const float* in;
    float* out;
    std::int64_t lanes, depth;
  };
  static constexpr int kThreads = 256;
  static constexpr int kBlocks = 4;
  static constexpr int kSm = 53;
  static constexpr int kChains = 8;
  static constexpr int kSteps = 16;

  template <int kCount>
  ERGON_LANE static void steps(float (&y)[kChains], const float (&x)[kChains]) {
    ERGON_UNROLL
    for (int step = 0; step < kCount; ++step) {
      ERGON_UNROLL
      for (int c = 0; c < kChains; ++c) y[c] = fma(kContraction, y[c], x[c]);
    }
  }

  ERGON_LANE static void run(const Arguments& arguments) {
    const std::int64_t thread = std::int64_t{block_x()} * kThreads + thread_index();
    const std::int64_t first = thread * kChains;
    float x[kChains], y[kChains];
    ERGON_UNROLL
    for (int c = 0; c < kChains; ++c) {
      x[c] = load_often(arguments.in + (first + c) % std::int64_t{kFmaInputs});
      y[c] = 0;
    }
    std::int64_t left = arguments.depth;
    for (; left >= kSteps; left -= kSteps) steps<kSteps>(y, x);
    for (; left > 0; --left) steps<1>(y, x);
    ERGON_UNROLL
    for (int c = 0; c < kChains; ++c) {
      if (first + c < arguments.lanes) store_once(arguments.out + first + c, y[c]);
    }
  }
};

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  return refuse_dtypes_but(kF32, problem);
}

Launch bind(const Binding& binding) {
  const std::int64_t lanes = binding.problem.extent("lanes");
  constexpr std::int64_t kLanes = std::int64_t{FmaChains::kThreads} * FmaChains::kChains;
  return make_launch<FmaChains>(binding.device, {.x = (lanes + kLanes - 1) / kLanes},
                                {.in = operand<float>(binding, 0),
                                 .out = operand<float>(binding, 1),
                                 .lanes = lanes,
                                 .depth = binding.problem.extent("depth")});
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel fma_cuda_simt = {
    .primitive = "fma",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "eight chains of FFMA a thread, in registers",
    .refuses = ERGON_CUDA::refuses,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
