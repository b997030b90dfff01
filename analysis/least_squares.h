#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ergon {

// Normal equations of a linear fit: all that a fit needs of its rows, so that a million rows take
// no more memory than ten. Rows come weighted (here: divided by the target, so that residuals are
// relative).
class Gram {
 public:
  Gram() = default;
  explicit Gram(int columns);
  // x: one number per column.
  void add(std::span<const double> x, double y);
  Gram& operator+=(const Gram& other);

  [[nodiscard]] int columns() const { return columns_; }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] double xx(int i, int j) const {
    return xx_[static_cast<std::size_t>(i < j ? j * columns_ + i : i * columns_ + j)];
  }
  [[nodiscard]] double xy(int i) const { return xy_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] double yy() const { return yy_; }

  // The same rows with these columns only, in this order.
  [[nodiscard]] Gram select(std::span<const int> columns) const;
  // The same rows with y less `coefficient` times a column, whose coefficient is known.
  [[nodiscard]] Gram less(int column, double coefficient) const;

 private:
  int columns_ = 0;
  std::int64_t rows_ = 0;
  std::vector<double> xx_{}, xy_{};  // xx row-major, its lower half alone
  double yy_ = 0;
};

// Coefficients that are least squares among those not below zero.
struct Solution {
  std::vector<double> values{};
  std::vector<bool> at_bound{};
  std::vector<double> inverse{};  // (X'X)^-1 over the free columns, row-major, zero elsewhere
  double residual = 0;            // sum of squares
};
// Lawson and Hanson's active set, on normal equations: Bro and de Jong, "A fast
// non-negativity-constrained least squares algorithm", J. Chemometrics 11, 1997.
[[nodiscard]] Solution solve_nonnegative(const Gram& gram);

// How far columns can be told apart. Belsley, Kuh, Welsch, "Regression Diagnostics", 1980, ch. 3:
// condition indices of the column-scaled matrix, and the share of each coefficient's variance that
// the smallest singular value carries.
struct Collinearity {
  double condition_number = 1;  // capped at kConditionCap: the square root of what doubles hold
  std::vector<double> proportion{};  // per column, of the largest condition index
};
inline constexpr double kConditionCap = 1e8;
[[nodiscard]] Collinearity collinearity(const Gram& gram);

// Cosine of the angle between two columns, 0..1 for columns that are not negative.
[[nodiscard]] double cosine(const Gram& gram, int i, int j);

}  // namespace ergon
