#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

#include "kernels/error.h"

namespace ergon {

// Up to `Capacity` values within the object itself: what is asked a million times a second must not
// allocate. More than that is a mistake in a primitive's description and ends the program.
template <class T, std::size_t Capacity>
class InlineVector {
 public:
  InlineVector() = default;
  InlineVector(std::initializer_list<T> values) : size_(values.size()) {
    ERGON_ASSERT(size_ <= Capacity);
    std::copy(values.begin(), values.end(), values_.begin());
  }

  void push_back(const T& value) {
    ERGON_ASSERT(size_ < Capacity);
    values_[size_++] = value;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const T* data() const { return values_.data(); }
  [[nodiscard]] const T* begin() const { return values_.data(); }
  [[nodiscard]] const T* end() const { return values_.data() + size_; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return values_[i]; }
  [[nodiscard]] const T& back() const { return values_[size_ - 1]; }

 private:
  std::size_t size_ = 0;
  std::array<T, Capacity> values_;  // those from size_ on mean nothing
};

}  // namespace ergon
