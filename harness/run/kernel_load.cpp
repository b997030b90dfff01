#include "harness/run/kernel_load.h"

#include <algorithm>
#include <string>

#include "harness/run/launches_per_replay.h"
#include "kernels/error.h"

namespace ergon {

KernelLoad::KernelLoad(const Point& point, const OperandBytes& operands, std::int64_t sets,
                       Device& device)
    : device_(device) {
  for (std::int64_t i = 0; i < sets; ++i) {
    std::vector<Buffer>& set = sets_.emplace_back();
    for (const auto& bytes : operands.bytes) {
      set.push_back(device.allocate(bytes.size(), std::max(1, point.threads)));
      device.upload(set.back(), bytes);
    }
    launches_.push_back(
        point.kernel->bind({point.problem, point.threads, point.weights_packed, set, device}));
  }
}

void KernelLoad::launch(std::int64_t count) {
  if (replay_ != nullptr && count % recorded_ == 0) return launch_recorded(count / recorded_);
  stop();
  for (std::int64_t i = 0; i < count; ++i) {
    launches_[next_]();
    if (++next_ == launches_.size()) next_ = 0;
  }
  if (const std::string error = device_.synchronize(); !error.empty()) throw Error(error);
}

void KernelLoad::launch_recorded(std::int64_t rounds) {
  for (; rounds > 0; --rounds) {
    const std::int64_t wanted = ahead_ ? 2 : std::min<std::int64_t>(2, rounds);
    for (; in_flight_ < wanted; ++in_flight_) replay_->queue();
    expect_done(in_flight_ - 1);
  }
}

void KernelLoad::expect_done(int left) {
  in_flight_ = left;
  if (const std::string error = replay_->wait_until_left(left); !error.empty()) throw Error(error);
}

void KernelLoad::stop() {
  if (in_flight_ > 0) expect_done(0);
}

Seconds KernelLoad::sample_min() const {
  // To wait for a GPU takes some 10 us: 0.5 % of this.
  if (device_.kind() == DeviceKind::cuda) return Seconds{2e-3};
  return Load::sample_min();
}

bool KernelLoad::record(std::int64_t count) {
  stop();
  replay_.reset();
  why_not_recorded_.clear();
  replay_ = cuda_device(device_).record(launches_, count, why_not_recorded_);
  recorded_ = replay_ == nullptr ? 0 : count;
  return replay_ != nullptr;
}

bool KernelLoad::prepare(std::int64_t& count) {
  if (device_.kind() != DeviceKind::cuda || count < 2) return false;
  const std::int64_t sets = std::ssize(launches_);
  const std::int64_t rounds = std::min((count + sets - 1) / sets, kRecordedMax / sets);
  if (!record(std::max<std::int64_t>(rounds, 1) * sets)) return false;
  count = recorded_;
  return true;
}

std::int64_t KernelLoad::run_ahead(Seconds per_launch, Seconds sensor_period) {
  if (device_.kind() != DeviceKind::cuda) return 0;
  const std::int64_t count = launches_per_replay(per_launch, sensor_period, std::ssize(launches_));
  // Without a replay as many are launched one by one, then waited for.
  ahead_ = record(count);
  return count;
}

}  // namespace ergon
