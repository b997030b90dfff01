#include "kernels/rotary/rows.h"

#include "kernels/cpu/rows.h"

namespace ergon {

Launch bind_rotary(const Binding& binding, RotaryFunction function) {
  const Problem& problem = binding.problem;
  const std::int64_t sequence = problem.extent("sequence");
  const std::int64_t heads = problem.extent("heads");
  const std::int64_t half = problem.extent("head_size") / 2;
  const float* x = floats_of(binding, 0);
  const float* cosines = floats_of(binding, 1);
  const float* sines = floats_of(binding, 2);
  float* out = floats_of(binding, 3);
  const std::int64_t rows = problem.extent("batch") * sequence * heads;
  return bind_rows(binding, rows, 2 * half, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t position = row / heads % sequence;
      function({.x = x + row * 2 * half,
                .cosines = cosines + position * half,
                .sines = sines + position * half,
                .out = out + row * 2 * half,
                .half = half});
    }
  });
}

}  // namespace ergon
