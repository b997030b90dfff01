#include "analysis/correction.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/statistics.h"

namespace ergon {

namespace {

double surface(double x, double y) { return 0.2 * std::sin(0.9 * x) * std::cos(0.7 * y); }

struct Points {
  std::vector<double> places{}, values{};
};

Points draw(std::uint64_t seed, int count, double noise) {
  SplitMix random(seed);
  Points points;
  for (int i = 0; i < count; ++i) {
    const double x = 4 + 8 * random.uniform(), y = 4 + 8 * random.uniform();
    points.places.insert(points.places.end(), {x, y});
    points.values.push_back(surface(x, y) + noise * random.normal());
  }
  return points;
}

double error_on(const Correction& correction, const Points& points) {
  double sum = 0;
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    const double factor = correction.factor(std::span(points.places).subspan(2 * i, 2));
    sum += std::abs(std::log(factor) - points.values[i]);
  }
  return sum / static_cast<double>(points.values.size());
}

// The sum that Correction documents, term by term.
double plain_factor(const Correction& correction, double x, double y) {
  const std::size_t count = correction.weights.size();
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double apart_x = x - correction.centres[i], apart_y = y - correction.centres[count + i];
    sum += correction.weights[i] /
           (1 + (apart_x * apart_x + apart_y * apart_y) / std::pow(correction.length, 2));
  }
  return std::exp(std::clamp(sum, -correction.bound, correction.bound));
}

}  // namespace

TEST(Correction, IsTheSumItSaysOneByOneAndInBatches) {
  constexpr std::size_t kBatch = Correction::kBatch;
  for (const int shapes : {1, 2, 7, 8, 9, 64, 127}) {
    const Points train = draw(3, shapes, 0.01), asked = draw(4, static_cast<int>(kBatch), 0);
    const Correction correction = fit_correction({2, train.places, train.values}, {2, 0.03});
    std::vector<double> places(2 * kBatch), factors(kBatch - 3);
    for (std::size_t p = 0; p < kBatch; ++p) {
      places[p] = asked.places[2 * p];
      places[kBatch + p] = asked.places[2 * p + 1];
    }
    correction.factors(places, factors);
    for (std::size_t p = 0; p < factors.size(); ++p) {
      const double x = asked.places[2 * p], y = asked.places[2 * p + 1];
      const double plain = plain_factor(correction, x, y);
      EXPECT_NEAR(factors[p], plain, 1e-9 * plain) << shapes;
      EXPECT_NEAR(correction.factor(std::span(asked.places).subspan(2 * p, 2)), plain, 1e-9 * plain)
          << shapes;
    }
  }
}

TEST(Correction, FollowsASurfaceBetweenItsPoints) {
  const Points train = draw(1, 200, 0.01), fresh = draw(2, 200, 0);
  const Correction correction = fit_correction({2, train.places, train.values}, {2, 0.03});
  EXPECT_EQ(correction.weights.size(), 128u);
  EXPECT_LT(error_on(correction, fresh), 0.015);
}

TEST(Correction, StaysWithinWhatItHasSeen) {
  const std::vector<double> places = {1, 2, 3}, values = {0.1, -0.3, 0.2};
  const Correction correction = fit_correction({1, places, values}, {1, 0.01});
  EXPECT_EQ(correction.bound, 0.3);
  for (double x = -10; x < 20; x += 0.1) {
    const double log_factor = std::log(correction.factor({&x, 1}));
    EXPECT_LE(std::abs(log_factor), 0.3 + 1e-12) << x;
  }
}

TEST(Correction, IsOneShapeAsWellAsMany) {
  const std::vector<double> places = {5, 5}, values = {0.1};
  const Correction correction = fit_correction({2, places, values}, {1, 1});
  EXPECT_NEAR(std::log(correction.factor(places)), 0.05, 1e-6);  // half, by the noise of 1
}

}  // namespace ergon
