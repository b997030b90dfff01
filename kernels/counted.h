#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ergon {

// What is done with numbers, by the rules of Work.
struct Tally {
  std::int64_t flops = 0;     // add, subtract, multiply, compare
  std::int64_t specials = 0;  // exp, erf, tanh, division, square root
};

// A double that counts what is done with it and knows whether it was read: over it a primitive's
// reference proves the primitive's `work`. Operands carry the tally, results inherit it; numbers
// without one are constants, and what is done among constants costs nothing, as in a kernel.
// Signs and copies are free.
class Counted {
 public:
  Counted(double value = 0) : value_(value) {}  // NOLINT: constants are written as plain numbers
  Counted(double value, Tally& tally) : value_(value), tally_(&tally) {}
  Counted(double value, const Counted& like) : value_(value), tally_(like.tally_) {}
  Counted(const Counted& other) : value_(other.value_), tally_(other.tally_) { other.read_ = true; }
  Counted& operator=(const Counted& other) {
    other.read_ = true;
    value_ = other.value_;
    tally_ = other.tally_;
    return *this;
  }
  ~Counted() = default;

  explicit operator std::int64_t() const {
    read_ = true;
    return static_cast<std::int64_t>(value_);
  }
  // Whether anything was made of this object, which is how operands tell the bytes that are read.
  [[nodiscard]] bool was_read() const { return read_; }
  [[nodiscard]] double value() const { return value_; }

  friend Counted operator-(const Counted& a) { return made(-a.value_, a, a, 0, 0); }
  friend Counted operator+(const Counted& a, const Counted& b) {
    return sum(a.value_ + b.value_, a, b);
  }
  friend Counted operator-(const Counted& a, const Counted& b) {
    return sum(a.value_ - b.value_, a, b);
  }
  friend Counted operator*(const Counted& a, const Counted& b) {
    return sum(a.value_ * b.value_, a, b);
  }
  friend Counted operator/(const Counted& a, const Counted& b) {
    return made(a.value_ / b.value_, a, b, 0, 1);
  }
  friend Counted max(const Counted& a, const Counted& b) {
    return sum(std::max(a.value_, b.value_), a, b);
  }
  friend Counted exp(const Counted& a) { return made(std::exp(a.value_), a, a, 0, 1); }
  friend Counted erf(const Counted& a) { return made(std::erf(a.value_), a, a, 0, 1); }
  friend Counted tanh(const Counted& a) { return made(std::tanh(a.value_), a, a, 0, 1); }
  friend Counted sqrt(const Counted& a) { return made(std::sqrt(a.value_), a, a, 0, 1); }
  Counted& operator+=(const Counted& other) { return *this = *this + other; }
  Counted& operator*=(const Counted& other) { return *this = *this * other; }

 private:
  static Counted made(double value, const Counted& a, const Counted& b, int flops, int specials) {
    a.read_ = b.read_ = true;
    Counted result(value);
    result.tally_ = a.tally_ != nullptr ? a.tally_ : b.tally_;
    if (result.tally_ != nullptr) {
      result.tally_->flops += flops;
      result.tally_->specials += specials;
    }
    return result;
  }
  static Counted sum(double value, const Counted& a, const Counted& b) {
    return made(value, a, b, 1, 0);
  }

  double value_;
  Tally* tally_ = nullptr;
  mutable bool read_ = false;
};

// The value alone, for what is not part of the primitive: magnitudes of errors, choices.
[[nodiscard]] inline double plain(double number) { return number; }
[[nodiscard]] inline double plain(const Counted& number) { return number.value(); }

// A value that is known without computing, among numbers like `like`: what is done with it counts.
[[nodiscard]] inline double known(double value, double /*like*/) { return value; }
[[nodiscard]] inline Counted known(double value, const Counted& like) { return {value, like}; }

}  // namespace ergon
