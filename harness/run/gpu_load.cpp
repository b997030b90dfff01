#include "harness/run/gpu_load.h"

#include <exception>

#include "harness/run/kernel_load.h"
#include "kernels/error.h"
#include "kernels/kernel.h"
#include "kernels/primitive.h"

namespace ergon {

Point gpu_load_point() {
  const Kernel* kernel = kernel::named("fma/cuda_simt");
  if (kernel == nullptr) throw Error("this build has no kernel fma/cuda_simt; build it with nvcc");
  // 8 lanes for each thread that an H200 runs at once: 9 GFLOP, 0.15 ms (expected).
  constexpr std::int64_t kLanes = 1'081'344, kDepth = 4096;
  Point point;
  point.problem = make_problem(*primitive::named("fma"), {kLanes, kDepth});
  point.kernel = kernel;
  point.threads = 0;
  return point;
}

GpuLoad::GpuLoad(Device& gpu, const Point& point)
    : gpu_(gpu), thread_([this, point] { work(point); }) {
  wait_for(State::resting);
}

GpuLoad::~GpuLoad() {
  stopping_ = true;
  wanted_ = true;
  wanted_.notify_all();
}

void GpuLoad::on() {
  wanted_ = true;
  wanted_.notify_all();
  wait_for(State::launching);
}

void GpuLoad::off() {
  wanted_ = false;
  wait_for(State::resting);
}

void GpuLoad::set(State state) {
  state_ = state;
  state_.notify_all();
}

void GpuLoad::wait_for(State state) {
  for (State now = state_; now != state; now = state_) {
    if (now == State::failed) throw Error(why_failed_);
    state_.wait(now);
  }
}

void GpuLoad::work(const Point& point) {
  try {
    KernelLoad load(point, fill_operands(point.problem, point.fill), 1, gpu_);
    load.launch(1);
    for (;;) {
      set(State::resting);
      wanted_.wait(false);
      if (stopping_) return;
      set(State::launching);
      while (wanted_ && !stopping_) load.launch(1);
    }
  } catch (const std::exception& error) {
    why_failed_ = error.what();
    set(State::failed);
  }
}

}  // namespace ergon
