#pragma once
#include <compare>
namespace ergon {
// A number with the dimension energy^E time^T flop^F byte^B, in J, s, flop and B.
template <int E, int T, int F = 0, int B = 0>
struct Quantity {
  double value = 0;
  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator-() const { return {-value}; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return {a.value + b.value}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return {a.value - b.value}; }
  friend constexpr Quantity operator*(double k, Quantity q) { return {k * q.value}; }
  friend constexpr Quantity operator*(Quantity q, double k) { return {k * q.value}; }
  constexpr Quantity& operator+=(Quantity b) {
    value += b.value;
    return *this;
  }
  friend constexpr Quantity operator/(Quantity q, double k) { return {q.value / k}; }
};
template <int E, int T, int F, int B, int E2, int T2, int F2, int B2>
constexpr auto operator*(Quantity<E, T, F, B> a, Quantity<E2, T2, F2, B2> b) {
  return Quantity<E + E2, T + T2, F + F2, B + B2>{a.value * b.value};
}
template <int E, int T, int F, int B, int E2, int T2, int F2, int B2>
constexpr auto operator/(Quantity<E, T, F, B> a, Quantity<E2, T2, F2, B2> b) {
  return Quantity<E - E2, T - T2, F - F2, B - B2>{a.value / b.value};
}
using Joules = Quantity<1, 0>;
using Seconds = Quantity<0, 1>;
using Watts = Quantity<1, -1>;
using Flops = Quantity<0, 0, 1>;
using Bytes = Quantity<0, 0, 0, 1>;
using JoulesPerFlop = Quantity<1, 0, -1>;
using JoulesPerByte = Quantity<1, 0, 0, -1>;
using Hertz = Quantity<0, -1>;
namespace literals {
constexpr Joules operator""_J(long double v) { return {static_cast<double>(v)}; }
constexpr Seconds operator""_s(long double v) { return {static_cast<double>(v)}; }
constexpr Watts operator""_W(long double v) { return {static_cast<double>(v)}; }
}  // namespace literals
static_assert(Joules{6} / Seconds{2} == Watts{3});
static_assert(JoulesPerFlop{2e-12} * Flops{1e12} + JoulesPerByte{1e-11} * Bytes{1e11} == Joules{3});
static_assert(Watts{50} * Seconds{2} == Joules{100});
static_assert(sizeof(Joules) == sizeof(double));
}  // namespace ergon
