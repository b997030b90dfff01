#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "analysis/correction.h"
#include "kernels/error.h"

// The sum over bumps is most of a prediction: built once per instruction set, chosen as the program
// starts.
#if defined(__x86_64__)
#define ERGON_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ERGON_CLONES
#endif

namespace ergon {

namespace {

// Eight doubles; the compiler splits them where vectors are shorter.
using Eight = double __attribute__((vector_size(64)));

// Sum of weight / (1 + scale d^2) over `count` bumps, eight at a time; `centres` axis by axis.
ERGON_CLONES double sum_of_bumps(const double* centres, const double* weights, std::size_t count,
                                 const double* place, std::size_t axes, double scale) {
  Eight sums{};
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    Eight square{}, weight;
    for (std::size_t a = 0; a < axes; ++a) {
      Eight centre;
      std::memcpy(&centre, centres + a * count + i, sizeof centre);
      square += (place[a] - centre) * (place[a] - centre);
    }
    std::memcpy(&weight, weights + i, sizeof weight);
    sums += weight / (1 + scale * square);
  }
  double sum = 0;
  for (std::size_t lane = 0; lane < 8; ++lane) sum += sums[lane];
  for (; i < count; ++i) {
    double square = 0;
    for (std::size_t a = 0; a < axes; ++a) {
      square += (place[a] - centres[a * count + i]) * (place[a] - centres[a * count + i]);
    }
    sum += weights[i] / (1 + scale * square);
  }
  return sum;
}

// The same of kBatch places: eight of them against all bumps, two bumps over one denominator, as a
// division takes longer than all the rest.
ERGON_CLONES void sums_of_bumps(const double* centres, const double* weights, std::size_t count,
                                const double* places, std::size_t axes, double scale,
                                double* sums) {
  for (std::size_t p = 0; p < Correction::kBatch; p += 8) {
    Eight sum{};
    for (std::size_t i = 0; i < count; i += 2) {
      const std::size_t other = i + 1 < count ? i + 1 : i;
      Eight square{}, square_other{};
      for (std::size_t a = 0; a < axes; ++a) {
        Eight at;
        std::memcpy(&at, places + a * Correction::kBatch + p, sizeof at);
        const Eight apart = at - centres[a * count + i],
                    apart_other = at - centres[a * count + other];
        square += apart * apart;
        square_other += apart_other * apart_other;
      }
      const double weight_other = other == i ? 0 : weights[other];
      const Eight one_more = 1 + scale * square, one_more_other = 1 + scale * square_other;
      sum += (weights[i] * one_more_other + weight_other * one_more) / (one_more * one_more_other);
    }
    std::memcpy(sums + p, &sum, sizeof sum);
  }
}

}  // namespace

void Correction::factors(std::span<const double> places, std::span<double> factors) const noexcept {
  ERGON_ASSERT(factors.size() <= kBatch &&
               places.size() == static_cast<std::size_t>(axes) * kBatch);
  std::array<double, kBatch> sums;
  sums_of_bumps(centres.data(), weights.data(), weights.size(), places.data(),
                static_cast<std::size_t>(axes), 1 / (length * length), sums.data());
  for (std::size_t p = 0; p < factors.size(); ++p) {
    factors[p] = std::exp(std::clamp(sums[p], -bound, bound));
  }
}

double Correction::factor(std::span<const double> place) const noexcept {
  ERGON_ASSERT(weights.size() <= kCentresMax);
  const double sum = sum_of_bumps(centres.data(), weights.data(), weights.size(), place.data(),
                                  place.size(), 1 / (length * length));
  return std::exp(std::clamp(sum, -bound, bound));
}

void put_place(const Problem& problem, std::span<double> out) noexcept {
  for (std::size_t a = 0; a < out.size(); ++a) {
    out[a] = std::log2(static_cast<double>(problem.extents[a]));
  }
}

}  // namespace ergon
