#include <array>
#include <cmath>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "kernels/attention/cudnn_graph.h"
#include "kernels/cuda/cuda_device.h"
#include "kernels/cuda/seconds_each.h"
#include "kernels/kernel.h"
#include "kernels/refusal.h"

namespace ergon {
namespace {

// How one problem is computed on one device.
struct CudnnPlan {
  std::shared_ptr<const CudnnAttention> graph;
  std::list<CudnnDescriptor> plan;  // one
  Buffer workspace;
};

// What the bindings of one device have in common, for as long as one of them lives.
struct CudnnShared {
  std::unique_ptr<cudnnContext, cudnnStatus_t (*)(cudnnHandle_t)> handle{nullptr, nullptr};
  std::map<std::string, std::shared_ptr<const CudnnPlan>> plans;  // by problem
};

std::shared_ptr<CudnnShared> shared_of(CudaDevice& device) {
  static std::map<CudaDevice*, std::weak_ptr<CudnnShared>> known;
  std::shared_ptr<CudnnShared> shared = known[&device].lock();
  if (shared != nullptr) return shared;
  shared = std::make_shared<CudnnShared>();
  cudnnHandle_t handle = nullptr;
  check_cudnn(cudnn().create(&handle), "starting");
  shared->handle = {handle, cudnn().destroy};
  check_cudnn(cudnn().set_stream(handle, static_cast<cudaStream_t>(device.stream())),
              "taking the stream");
  known[&device] = shared;
  return shared;
}

// A plan with the memory it works on. Scalars are read when a launch is made.
class CudnnLaunch {
 public:
  CudnnLaunch(const Binding& binding, std::shared_ptr<CudnnShared> shared,
              std::shared_ptr<const CudnnPlan> plan)
      : device_(cuda_device(binding.device)),
        shared_(std::move(shared)),
        plan_(std::move(plan)),
        scale_(1 / std::sqrt(static_cast<float>(binding.problem.extent("head_size")))),
        keys_(static_cast<std::int32_t>(binding.problem.extent("keys"))),
        queries_(static_cast<std::int32_t>(binding.problem.extent("queries"))),
        memory_(plan_->graph->memory(
            {binding.operands[0].get(), binding.operands[1].get(), binding.operands[2].get(),
             binding.operands[3].get(), &scale_, &masked_, &keys_, &queries_},
            plan_->workspace.get())) {}
  CudnnLaunch(const CudnnLaunch&) = delete;
  CudnnLaunch& operator=(const CudnnLaunch&) = delete;

  [[nodiscard]] cudnnStatus_t run() const noexcept {
    return cudnn().execute(shared_->handle.get(), plan_->plan.front().raw(), memory_.raw());
  }
  void run_or_note() const noexcept {
    const cudnnStatus_t status = run();
    if (status != CUDNN_STATUS_SUCCESS) device_.note_error(cudnn().error_string(status));
  }

 private:
  CudaDevice& device_;
  std::shared_ptr<CudnnShared> shared_;
  std::shared_ptr<const CudnnPlan> plan_;
  float scale_;
  // Before 9.10 cuDNN wants the least number in its place; here and there exp gives 0.
  float masked_ = cudnn().version() < 91000 ? std::numeric_limits<float>::lowest()
                                            : -std::numeric_limits<float>::infinity();
  std::int32_t keys_, queries_;
  CudnnDescriptor memory_;  // last: it points to the scalars
};

// The fastest of the plans that the heuristics propose.
std::shared_ptr<const CudnnPlan> choose_fastest(const Binding& binding,
                                                const std::shared_ptr<CudnnShared>& shared) {
  CudaDevice& device = cuda_device(binding.device);
  std::shared_ptr<const CudnnPlan> best;
  double least = std::numeric_limits<double>::infinity();
  const auto graph = std::make_shared<const CudnnAttention>(binding.problem, shared->handle.get());
  for (const CudnnDescriptor& configuration : graph->configurations(nullptr)) {
    auto made = std::make_shared<CudnnPlan>();
    made->graph = graph;
    made->plan = graph->plan(configuration, nullptr);
    if (made->plan.empty()) continue;
    const std::int64_t bytes = CudnnAttention::workspace_bytes(made->plan.front());
    made->workspace = device.allocate(static_cast<std::size_t>(bytes), 0);
    const CudnnLaunch launch(binding, shared, made);
    const double seconds =
        seconds_each(device, [&] { return launch.run() == CUDNN_STATUS_SUCCESS; });
    if (seconds >= least) continue;
    least = seconds;
    best = made;
  }
  if (best != nullptr) return best;
  throw Error("cuDNN has no engine for " + problem_key(binding.problem) + " on " +
              std::string(device.name()) + "; leave the point out, or give it another kernel");
}

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  if (std::string why = refuse_dtypes_outside({{Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16},
                                               {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16}},
                                              problem);
      !why.empty()) {
    return why;
  }
  const std::int64_t head_size = problem.extent("head_size");
  if (head_size % 8 != 0 || head_size > 256) {
    return "cuDNN takes head sizes that are multiples of 8, to 256";
  }
  return "";
}

Launch bind(const Binding& binding) {
  const std::shared_ptr<CudnnShared> shared = shared_of(cuda_device(binding.device));
  std::shared_ptr<const CudnnPlan>& plan = shared->plans[problem_key(binding.problem)];
  if (plan == nullptr) plan = choose_fastest(binding, shared);
  auto launch = std::make_shared<const CudnnLaunch>(binding, shared, plan);
  return [launch] { launch->run_or_note(); };
}

}  // namespace

namespace kernel {
extern const Kernel attention_cudnn = {
    .primitive = "attention",
    .name = "cudnn",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 80},
    .source =
        "cuDNN's fused attention, opened at run time; the fastest of what its heuristics "
        "propose",
    .refuses = refuses,
    .missing = cudnn_missing,
    .bind = bind,
    .version = cudnn_version,
};
}  // namespace kernel

}  // namespace ergon
