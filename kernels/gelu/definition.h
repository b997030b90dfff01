#pragma once

#include <cmath>
#include <numbers>

namespace ergon {

// GELU in full, over any type of number. Hendrycks & Gimpel 2016, arXiv 1606.08415.

template <class Number>
[[nodiscard]] Number gelu_erf(const Number& x) {
  using std::erf;
  return 0.5 * x * (1 + erf(x * (1 / std::numbers::sqrt2)));
}

template <class Number>
[[nodiscard]] Number gelu_tanh(const Number& x) {
  using std::tanh;
  const double scale = std::sqrt(2 / std::numbers::pi);
  return 0.5 * x * (1 + tanh(scale * (x + 0.044715 * x * x * x)));
}

}  // namespace ergon
