#include "kernels/cuda/moved_rows.h"

namespace ergon::ERGON_CUDA {
namespace {

struct Lookup {
  const std::int32_t* indices;
  ERGON_LANE std::int64_t of(std::int64_t token) const { return load_often(indices + token); }
};

Launch bind(const Binding& binding) {
  const std::int64_t columns = binding.problem.extent("columns");
  return launch_moved_rows(binding, operand<std::byte>(binding, 1), operand<std::byte>(binding, 2),
                           binding.problem.extent("tokens"),
                           dtype_bytes(binding.problem.dtypes.out, columns),
                           Lookup{operand<std::int32_t>(binding, 0)});
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel embedding_cuda_simt = {
    .primitive = "embedding",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "rows moved in words of 16 bytes, four loads on their way a thread",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
