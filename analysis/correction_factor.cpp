#include <algorithm>
#include <cmath>

#include "analysis/correction.h"

namespace ergon {

double Correction::factor(std::span<const double> place) const noexcept {
  const double scale = 1 / (length * length);
  double sum = 0;
  const double* centre = centres.data();
  for (const double weight : weights) {
    double square = 0;
    for (const double at : place) {
      const double apart = at - *centre++;
      square += apart * apart;
    }
    sum += weight / (1 + scale * square);
  }
  return std::exp(std::clamp(sum, -bound, bound));
}

void put_place(const Problem& problem, std::span<double> out) noexcept {
  for (std::size_t a = 0; a < out.size(); ++a) {
    out[a] = std::log2(static_cast<double>(problem.extents[a]));
  }
}

}  // namespace ergon
