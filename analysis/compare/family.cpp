#include "analysis/compare/family.h"

#include <algorithm>
#include <cmath>

#include "analysis/compare/variation.h"
#include "analysis/statistics.h"

namespace ergon {
namespace {

constexpr double kNormalFreedom = 1e5;  // Student's t is normal to four digits
constexpr std::size_t kDraws = 10'000;  // the level is 95 % to 0.2 %
constexpr std::size_t kDrawsMin = 2000;
constexpr std::size_t kWork = 20'000'000;  // shapes x draws

double normal_tail(double x) { return 0.5 * std::erfc(x / std::sqrt(2.0)); }

double log_of(Metric metric, double energy, double time) {
  const MetricWeights weights = metric_weights(metric);
  return weights.energy * energy + weights.time * time;
}

// Sums of one draw over the shapes of a geometric mean; and, once, of their variances.
struct Sum {
  double energy = 0, time = 0, count = 0;
};
using Sums = PerMetric<Sum>;

// The largest |normal deviate| of the tests of each kind.
struct Largest {
  double shape = 0, mean = 0;
};

// Deviations of every test, by the same code for the standard deviations and for the draws.
class Drawing {
 public:
  Drawing(const std::vector<SharedError>& shared, const std::vector<ShapeErrors>& shapes,
          std::size_t groups)
      : shared_(shared), shapes_(shapes), sums_(groups), deviations_(shapes.size()) {
    for (std::size_t s = 0; s < shapes.size(); ++s) put_deviation(s);
    put_group_deviations(groups);
  }

  Largest draw(SplitMix& random) {
    drawn_.resize(shared_.size());
    for (std::size_t f = 0; f < shared_.size(); ++f) {
      const double power = shared_[f].u_power * random.normal();
      const double time = shared_[f].u_time * random.normal();
      drawn_[f] = {.energy = power + time, .time = time};
    }
    for (Sums& sums : sums_) sums = {};
    Largest largest;
    for (std::size_t s = 0; s < shapes_.size(); ++s) {
      const Sum errors = draw_shape(shapes_[s], random);
      for (const Metric metric : kMetrics) {
        if (!shapes_[s].compared[index_of(metric)]) continue;
        const double value = log_of(metric, errors.energy, errors.time);
        largest.shape = std::max(largest.shape, std::abs(value) * deviations_[s][index_of(metric)]);
        for (const std::size_t group : shapes_[s].groups) {
          Sum& sum = sums_[group][index_of(metric)];
          sum.energy += value;
          ++sum.count;
        }
      }
    }
    for (std::size_t g = 0; g < sums_.size(); ++g) {
      for (const Metric metric : kMetrics) {
        const Sum& sum = sums_[g][index_of(metric)];
        if (sum.count == 0) continue;
        largest.mean = std::max(largest.mean, std::abs(sum.energy / sum.count) *
                                                  group_deviations_[g][index_of(metric)]);
      }
    }
    return largest;
  }

 private:
  Sum draw_shape(const ShapeErrors& shape, SplitMix& random) const {
    const double first = random.normal(), second = random.normal();
    Sum errors{
        .energy = shape.u_energy * first,
        .time = shape.u_time * (shape.correlation * first +
                                std::sqrt(1 - shape.correlation * shape.correlation) * second)};
    for (std::size_t f = 0; f < shared_.size(); ++f) {
      errors.energy += shape.shares[f] * drawn_[f].energy;
      errors.time += shape.shares[f] * drawn_[f].time;
    }
    return errors;
  }

  static double inverse_root(double variance) { return variance > 0 ? 1 / std::sqrt(variance) : 0; }

  static double own_variance(Metric metric, const ShapeErrors& shape) {
    const MetricWeights weights = metric_weights(metric);
    const double energy = weights.energy * shape.u_energy, time = weights.time * shape.u_time;
    return squared(energy) + squared(time) + 2 * shape.correlation * energy * time;
  }

  void put_deviation(std::size_t s) {
    for (const Metric metric : kMetrics) {
      double variance = own_variance(metric, shapes_[s]);
      for (std::size_t f = 0; f < shared_.size(); ++f) {
        variance += std::pow(shapes_[s].shares[f], 2) * variance_of(shared_[f], metric);
      }
      deviations_[s][index_of(metric)] = inverse_root(variance);
    }
  }

  void put_group_deviations(std::size_t groups) {
    for (std::size_t g = 0; g < groups; ++g) {
      PerMetric<double>& deviations = group_deviations_.emplace_back();
      for (const Metric metric : kMetrics) {
        double own = 0, count = 0;
        std::vector<double> shares(shared_.size(), 0);
        for (const ShapeErrors& shape : shapes_) {
          if (!shape.compared[index_of(metric)]) continue;
          if (std::ranges::find(shape.groups, g) == shape.groups.end()) continue;
          ++count;
          own += own_variance(metric, shape);
          for (std::size_t f = 0; f < shares.size(); ++f) shares[f] += shape.shares[f];
        }
        double variance = own;
        for (std::size_t f = 0; f < shares.size(); ++f) {
          variance += shares[f] * shares[f] * variance_of(shared_[f], metric);
        }
        deviations[index_of(metric)] = count * inverse_root(variance);
      }
    }
  }

  const std::vector<SharedError>& shared_;
  const std::vector<ShapeErrors>& shapes_;
  std::vector<Sums> sums_;
  std::vector<Sum> drawn_;
  std::vector<PerMetric<double>> deviations_, group_deviations_;  // 1 / standard deviation
};

}  // namespace

double variance_of(const SharedError& error, Metric metric) {
  const MetricWeights weights = metric_weights(metric);
  // Energy has the errors of both.
  return squared(weights.energy * error.u_power) +
         squared((weights.energy + weights.time) * error.u_time);
}

TestFamily::TestFamily(const std::vector<SharedError>& shared,
                       const std::vector<ShapeErrors>& shapes, std::size_t groups) {
  const std::size_t draws =
      std::clamp(kWork / std::max<std::size_t>(1, shapes.size()), kDrawsMin, kDraws);
  SplitMix random(1);
  Drawing drawing(shared, shapes, groups);
  for (std::size_t d = 0; d < draws; ++d) {
    const Largest largest = drawing.draw(random);
    shapes_.push_back(largest.shape);
    means_.push_back(largest.mean);
  }
  std::ranges::sort(shapes_);
  std::ranges::sort(means_);
}

double TestFamily::critical(TestKind kind, double missed) const {
  return quantile(kind == TestKind::shape ? shapes_ : means_, 1 - missed / 2);
}

double TestFamily::p(TestKind kind, double t, double freedom) const {
  double normal = t;
  if (freedom < kNormalFreedom) {
    const double tail = 1 - student_t_cdf(std::abs(t), std::max(1.0, freedom));
    double low = 0, high = 40;
    for (int i = 0; i < 60; ++i) {
      const double middle = (low + high) / 2;
      (normal_tail(middle) > tail ? low : high) = middle;
    }
    normal = low;
  }
  const std::vector<double>& largest = kind == TestKind::shape ? shapes_ : means_;
  const auto beyond = largest.end() - std::ranges::lower_bound(largest, std::abs(normal));
  const double share = static_cast<double>(beyond + 1) / static_cast<double>(largest.size() + 1);
  return std::min(1.0, 2 * share);
}

double student_of_normal(double normal, double freedom) {
  if (freedom >= kNormalFreedom) return normal;
  return student_t_quantile(1 - normal_tail(normal), std::max(1.0, freedom));
}

}  // namespace ergon
