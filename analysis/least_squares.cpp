#include "analysis/least_squares.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "kernels/error.h"

namespace ergon {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

std::vector<double> norms(const Gram& gram) {
  std::vector<double> values;
  for (int i = 0; i < gram.columns(); ++i) values.push_back(std::sqrt(gram.xx(i, i)));
  return values;
}

// X'X and X'y with every column scaled to length one; columns of zeros stay zero.
struct Scaled {
  Matrix xx;
  Vector xy;
  std::vector<double> length;
};

Scaled scale(const Gram& gram) {
  const int p = gram.columns();
  Scaled scaled{Matrix(p, p), Vector(p), norms(gram)};
  const auto inverse = [&](int i) {
    const double length = scaled.length[static_cast<std::size_t>(i)];
    return length > 0 ? 1 / length : 0;
  };
  for (int i = 0; i < p; ++i) {
    scaled.xy(i) = gram.xy(i) * inverse(i);
    for (int j = 0; j < p; ++j) scaled.xx(i, j) = gram.xx(i, j) * inverse(i) * inverse(j);
  }
  return scaled;
}

std::vector<int> indices_where(const std::vector<bool>& flags) {
  std::vector<int> indices;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (flags[i]) indices.push_back(static_cast<int>(i));
  }
  return indices;
}

Vector solve_free(const Scaled& scaled, const std::vector<bool>& free) {
  const std::vector<int> at = indices_where(free);
  const Vector part = scaled.xx(at, at).ldlt().solve(scaled.xy(at));
  Vector full = Vector::Zero(scaled.xy.size());
  full(at) = part;
  return full;
}

// Moves from `x` towards `goal` until the first free coefficient reaches zero, and frees it no
// longer.
void step_to_bound(Vector& x, const Vector& goal, std::vector<bool>& free) {
  double step = 1;
  int first = -1;
  for (const int i : indices_where(free)) {
    if (goal(i) > 0) continue;
    const double share = x(i) > 0 ? x(i) / (x(i) - goal(i)) : 0;
    if (first < 0 || share < step) first = i;
    step = std::min(step, share);
  }
  x += step * (goal - x);
  for (const int i : indices_where(free)) {
    if (i == first || (x(i) <= 1e-14 && goal(i) <= 0)) {
      free[static_cast<std::size_t>(i)] = false;
      x(i) = 0;
    }
  }
}

}  // namespace

Gram::Gram(int columns)
    : columns_(columns),
      xx_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(columns)),
      xy_(static_cast<std::size_t>(columns)) {}

void Gram::add(std::span<const double> x, double y) {
  ERGON_ASSERT(static_cast<int>(x.size()) == columns_);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == 0) continue;  // most thresholds of a basis are above most problems
    for (std::size_t j = 0; j <= i; ++j) xx_[i * x.size() + j] += x[i] * x[j];
    xy_[i] += x[i] * y;
  }
  yy_ += y * y;
  ++rows_;
}

Gram& Gram::operator+=(const Gram& other) {
  ERGON_ASSERT(other.columns_ == columns_);
  for (std::size_t i = 0; i < xx_.size(); ++i) xx_[i] += other.xx_[i];
  for (std::size_t i = 0; i < xy_.size(); ++i) xy_[i] += other.xy_[i];
  yy_ += other.yy_;
  rows_ += other.rows_;
  return *this;
}

Gram Gram::select(std::span<const int> columns) const {
  Gram part(static_cast<int>(columns.size()));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    part.xy_[i] = xy(columns[i]);
    for (std::size_t j = 0; j <= i; ++j) {
      part.xx_[i * columns.size() + j] = xx(columns[i], columns[j]);
    }
  }
  part.yy_ = yy_;
  part.rows_ = rows_;
  return part;
}

Gram Gram::less(int column, double coefficient) const {
  Gram rest = *this;
  rest.yy_ += coefficient * (coefficient * xx(column, column) - 2 * xy(column));
  for (int i = 0; i < columns_; ++i) {
    rest.xy_[static_cast<std::size_t>(i)] -= coefficient * xx(i, column);
  }
  return rest;
}

Solution solve_nonnegative(const Gram& gram) {
  const Scaled scaled = scale(gram);
  const auto p = static_cast<std::size_t>(gram.columns());
  std::vector<bool> free(p, false), barred(p, false);
  Vector x = Vector::Zero(gram.columns());
  const double tolerance = 1e-12 * std::sqrt(std::max(gram.yy(), 1e-300));
  for (std::size_t round = 0; round < 3 * p + 10; ++round) {
    const Vector gradient = scaled.xy - scaled.xx * x;
    int best = -1;
    for (int i = 0; i < gram.columns(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (free[at] || barred[at] || scaled.length[at] == 0 || gradient(i) <= tolerance) continue;
      if (best < 0 || gradient(i) > gradient(best)) best = i;
    }
    if (best < 0) break;
    free[static_cast<std::size_t>(best)] = true;
    Vector goal = solve_free(scaled, free);
    if (goal(best) <= 0) {  // rounding alone made its gradient rise: nearly a sum of the free ones
      free[static_cast<std::size_t>(best)] = false;
      barred[static_cast<std::size_t>(best)] = true;
      continue;
    }
    barred.assign(p, false);
    while (!indices_where(free).empty() && goal(indices_where(free)).minCoeff() <= 0) {
      step_to_bound(x, goal, free);
      goal = solve_free(scaled, free);
    }
    x = goal;
  }
  Solution solution{.values = std::vector<double>(p, 0),
                    .at_bound = std::vector<bool>(p, true),
                    .inverse = std::vector<double>(p * p, 0)};
  solution.residual = std::max(0.0, gram.yy() - 2 * x.dot(scaled.xy) + x.dot(scaled.xx * x));
  const std::vector<int> at = indices_where(free);
  const Matrix inverse = at.empty() ? Matrix() : Matrix(scaled.xx(at, at).inverse());
  for (std::size_t i = 0; i < at.size(); ++i) {
    const auto row = static_cast<std::size_t>(at[i]);
    solution.values[row] = x(at[i]) / scaled.length[row];
    solution.at_bound[row] = false;
    for (std::size_t j = 0; j < at.size(); ++j) {
      const auto column = static_cast<std::size_t>(at[j]);
      solution.inverse[row * p + column] =
          inverse(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) /
          (scaled.length[row] * scaled.length[column]);
    }
  }
  return solution;
}

Collinearity collinearity(const Gram& gram) {
  const Scaled scaled = scale(gram);
  const int p = gram.columns();
  Collinearity result{.proportion = std::vector<double>(static_cast<std::size_t>(p), 0)};
  if (p < 2) return result;
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(scaled.xx);
  const Vector& values = eigen.eigenvalues();  // ascending
  const double floor = values(p - 1) / (kConditionCap * kConditionCap);
  result.condition_number = std::sqrt(values(p - 1) / std::max(values(0), floor));
  for (int j = 0; j < p; ++j) {
    double all = 0;
    for (int k = 0; k < p; ++k) {
      all += std::pow(eigen.eigenvectors()(j, k), 2) / std::max(values(k), floor);
    }
    const double smallest = std::pow(eigen.eigenvectors()(j, 0), 2) / std::max(values(0), floor);
    result.proportion[static_cast<std::size_t>(j)] = smallest / all;
  }
  return result;
}

double cosine(const Gram& gram, int i, int j) {
  const double lengths = std::sqrt(gram.xx(i, i) * gram.xx(j, j));
  return lengths > 0 ? gram.xx(i, j) / lengths : 0;
}

}  // namespace ergon
