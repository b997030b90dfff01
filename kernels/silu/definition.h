#pragma once

#include <cmath>

namespace ergon {

// x times its logistic sigmoid, over any type of number. Elfwing, Uchibe & Doya 2017, arXiv
// 1702.03118.
template <class Number>
[[nodiscard]] Number silu_of(const Number& x) {
  using std::exp;
  return x / (1 + exp(-x));
}

}  // namespace ergon
