#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "analysis/statistics.h"
#include "harness/record/results.h"

namespace ergon {

// What a made machine costs: E = static x T + flop x F + byte x B; T has a law of its own.
struct Truth {
  double static_w = 5, joules_per_flop = 0, joules_per_byte = 0;
  double launch_s = 2e-6, seconds_per_flop = 0, seconds_per_byte = 0;
};

using Extents = std::map<std::string, std::int64_t>;
using Choices = std::map<std::string, std::string>;

// A problem of a real primitive, all f32.
[[nodiscard]] Problem make_problem(std::string_view primitive, const Extents& extents,
                                   const Choices& choices = {});

// A result file of that machine: one run, one "package" channel, two windows a record. Every
// record's energy and time are off by noise of its own.
class SyntheticFile {
 public:
  explicit SyntheticFile(std::uint64_t seed, Source source = Source::measured);

  struct Noise {
    double energy = 0.01;     // relative standard deviation of a record's joules
    double slowdown_max = 0;  // a shape is slower than its time law by up to this share
  };
  Record& add(std::string_view kernel, Problem problem, const Truth& truth, Noise noise);
  Record& add(std::string_view kernel, Problem problem, const Truth& truth) {
    return add(kernel, std::move(problem), truth, Noise{});
  }
  // Idle, FMA and copy probes within L1, L2 and memory of a machine with 32 KiB and 1 MiB caches.
  void add_probes(double noise, double launch_s = 1e-8);

  Results results;

 private:
  SplitMix random_;
};

// The coefficients that add_probes is made from, and those of a GEMM.
inline constexpr Truth kFmaTruth{.joules_per_flop = 20e-12, .seconds_per_flop = 1e-11};
inline constexpr Truth kCopyL1Truth{.joules_per_byte = 5e-12, .seconds_per_byte = 5e-12};
inline constexpr Truth kCopyL2Truth{.joules_per_byte = 15e-12, .seconds_per_byte = 1e-11};
inline constexpr Truth kCopyMemoryTruth{.joules_per_byte = 100e-12, .seconds_per_byte = 1e-10};
inline constexpr Truth kGemmTruth{.joules_per_flop = 25e-12,
                                  .joules_per_byte = 80e-12,
                                  .seconds_per_flop = 1.5e-11,
                                  .seconds_per_byte = 2e-11};

// 36 GEMMs, from 16^3 to 1024^3, thin ones among them.
void add_gemms(SyntheticFile& file, const Truth& truth, SyntheticFile::Noise noise);

}  // namespace ergon
