#pragma once

#include <cstdint>
#include <string>

#include "analysis/compare/side.h"
#include "tests/analysis/synthetic.h"

namespace ergon {

// A result file of GEMMs of m = 16, 32, ... and k = n = 64 on "Made CPU", two windows each that are
// off by `scatter` and back; joules are `joules` a launch, all one microsecond long.
struct MadeSide {
  int shapes = 10;
  double joules = 1e-4, scatter = 0.001;
  std::string gain_group = "board 1: sensor";
  double gain_relative = 0.05;
  Source source = Source::measured;
  std::uint64_t run = 1;

  [[nodiscard]] Results results() const {
    SyntheticFile file(run, source);
    file.results.runs[0].channels[0].gain_group = gain_group;
    file.results.runs[0].channels[0].gain_relative = gain_relative;
    for (int i = 0; i < shapes; ++i) {
      Record& record =
          file.add("avx2", make_problem("gemm", {{"m", 16LL << i}, {"n", 64}, {"k", 64}}), Truth{},
                   {.energy = 0});
      int sign = i % 2 == 0 ? 1 : -1;
      for (Window& window : record.windows) {
        window.launches = 1e6;
        window.energy[0].gross = Joules{1e6 * joules * (1 + sign * scatter)};
        sign = -sign;
      }
    }
    return std::move(file.results);
  }
  [[nodiscard]] SideData side(const std::string& name = "made") const {
    return side_of_results(results(), name, EnergyKind::gross, 0.05);
  }
};

}  // namespace ergon
