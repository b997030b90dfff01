#pragma once

#include <cstdint>

#include "harness/record/record.h"

namespace ergon {

// What was seen beside the meters over a stretch of time.
struct Observation {
  std::uint32_t faults = 0;  // WindowFault bits
  Activity activity = {};
};

// Looks out, beside the meters, for what the threads and CPUs do and what spoils a window.
class Watch {
 public:
  virtual ~Watch() = default;
  // The launches to come are of a team of so many threads; 0: of a GPU.
  virtual void follow_team(int threads) = 0;
  // Since the call before.
  [[nodiscard]] virtual Observation take() = 0;
  // Whether Activity::frequency is the mean over the time and not of a moment.
  [[nodiscard]] virtual bool knows_mean_frequency() const = 0;
};

// Sees nothing: for simulations.
class BlindWatch final : public Watch {
 public:
  void follow_team(int /*threads*/) override {}
  [[nodiscard]] Observation take() override { return {}; }
  [[nodiscard]] bool knows_mean_frequency() const override { return false; }
};

}  // namespace ergon
