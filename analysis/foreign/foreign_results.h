#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/kernel_finder.h"
#include "harness/record/results.h"

namespace ergon {

// Builds result files from what was not measured here: by others (energy status `imported`), or by
// a simulation (`simulated`). The check of every record is `not_run`, and one window stands for the
// mean.
class ForeignResults {
 public:
  struct Origin {
    std::string device{};    // "NVIDIA GTX 1080 Ti"
    std::string boundary{};  // what their meter covered: "wall", "gpu"
    std::string meter{};     // name of the channel: "irene/wall"
    std::string note{};      // who measured, and how; stands in every table made from it
    DeviceKind kind = DeviceKind::cuda;
    Source source = Source::imported;  // or simulated
  };
  explicit ForeignResults(Origin origin) : origin_(std::move(origin)) {}
  ForeignResults(const ForeignResults&) = delete;  // its kernel finder points into it
  ForeignResults& operator=(const ForeignResults&) = delete;

  struct Measurement {
    std::string run{};     // a campaign of theirs: what was measured in one go; repeats of a point
                           // within one are records of their own
    std::string kernel{};  // "gemm/pytorch": primitive and a name for their code
    Problem problem{};
    int threads = 0;
    Joules energy{};  // per launch
    Seconds time{};   // per launch
  };
  // Throws Error where the problem is none, or energy or time is not above zero; `place` stands
  // before the message.
  void add(const Measurement& measurement, std::string_view place);
  [[nodiscard]] Results finish() { return std::move(results_); }

 private:
  [[nodiscard]] int run_of(const std::string& id);

  Origin origin_;
  Results results_{};
  KernelFinder kernels_{results_};
  std::map<std::string, int> runs_{};
  std::vector<std::int64_t> records_{};       // of each run
  std::map<std::string, int> repetitions_{};  // of each run and point
};

}  // namespace ergon
