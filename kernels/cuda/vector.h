#pragma once

#include <cstring>

#include "kernels/cuda/lanes.h"

namespace ergon::ERGON_CUDA {

// 16 bytes of packed elements, the most that one thread loads or stores at once. Element is float,
// F16 or Bf16.
template <class Element>
struct alignas(16) Vector {
  static constexpr int kCount = 16 / static_cast<int>(sizeof(Element));
  std::uint32_t words[4];
};

// A vector of packed elements. Element i of `from` begins at a multiple of 16 bytes.
template <class Element>
ERGON_LANE const Vector<Element>* vectors_at(const Element* from) {
  return reinterpret_cast<const Vector<Element>*>(from);
}
template <class Element>
ERGON_LANE Vector<Element>* vectors_at(Element* to) {
  return reinterpret_cast<Vector<Element>*>(to);
}

ERGON_LANE float float_of_bits(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
ERGON_LANE std::uint32_t bits_of_float(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

// The elements as floats, and back, rounded to nearest even.
template <class Element>
ERGON_LANE void widen_all(const Vector<Element>& from, float (&to)[Vector<Element>::kCount]) {
  ERGON_UNROLL
  for (int i = 0; i < 4; ++i) {
    if constexpr (sizeof(Element) == 4) {
      to[i] = float_of_bits(from.words[i]);
    } else {
      to[2 * i] = low_half<Element>(from.words[i]);
      to[2 * i + 1] = high_half<Element>(from.words[i]);
    }
  }
}
template <class Element>
ERGON_LANE Vector<Element> narrow_all(const float (&from)[Vector<Element>::kCount]) {
  Vector<Element> to;
  ERGON_UNROLL
  for (int i = 0; i < 4; ++i) {
    if constexpr (sizeof(Element) == 4) {
      to.words[i] = bits_of_float(from[i]);
    } else {
      to.words[i] = pack<Element>(from[2 * i], from[2 * i + 1]);
    }
  }
  return to;
}

}  // namespace ergon::ERGON_CUDA
