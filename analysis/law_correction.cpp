#include <algorithm>
#include <cmath>

#include "analysis/law_fit.h"
#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {

namespace {

// Fewer shapes cannot tell a surface from noise: with 40 and ten folds a surface of three axes has
// 12 points an axis pair at best.
constexpr int kShapesMin = 40;
constexpr int kShapesMax = 2000;  // more do not move the surface that 128 bumps can draw

// The logarithms of measured over predicted, the mean of each shape, of shapes that `use` admits.
struct ShapeResiduals {
  std::vector<double> places{}, values{};
  [[nodiscard]] Residuals view(int axes) const { return {axes, places, values}; }
};

class Corrector {
 public:
  Corrector(const LawFit& fit, const LawData& data)
      : fit_(fit),
        data_(data),
        axes_(static_cast<int>(data.samples.front()->problem->extents.size())) {
    for (std::size_t i = 0; i < data.samples.size(); ++i) {
      if (data.shape[i] < kShapesMax) used_.push_back(i);
    }
    places_.resize(used_.size() * axes());
    for (std::size_t u = 0; u < used_.size(); ++u) {
      put_place(*data.samples[used_[u]]->problem, std::span(places_).subspan(u * axes(), axes()));
    }
  }

  // The samples that are looked at: of shapes up to kShapesMax.
  [[nodiscard]] std::span<const std::size_t> used() const { return used_; }

  // Fitted to the samples outside fold `left_out` (-1: to all) by that fold's law.
  [[nodiscard]] Correction fit(int left_out, const Smoothness& smoothness) const {
    return fit_correction(residuals(left_out).view(axes_), smoothness);
  }

  // Each used sample predicted by a law and a correction that have not seen its fold.
  [[nodiscard]] std::vector<double> predict(const Smoothness& smoothness) const {
    std::vector<double> predicted(used_.size());
    for (int fold = 0; fold < data_.folds; ++fold) {
      const Correction correction = fit(fold, smoothness);
      for (std::size_t u = 0; u < used_.size(); ++u) {
        if (data_.fold(used_[u]) != fold) continue;
        predicted[u] = fit_.predicted[used_[u]] * correction.factor(place(u));
      }
    }
    return predicted;
  }

 private:
  [[nodiscard]] std::size_t axes() const { return static_cast<std::size_t>(axes_); }

  [[nodiscard]] std::span<const double> place(std::size_t u) const {
    return std::span(places_).subspan(u * axes(), axes());
  }

  [[nodiscard]] ShapeResiduals residuals(int left_out) const {
    const auto shapes = static_cast<std::size_t>(std::min(data_.shapes, kShapesMax));
    std::vector<double> sums(shapes, 0), counts(shapes, 0);
    std::vector<std::size_t> sample(shapes, 0);
    const Weights& weights =
        left_out < 0 ? fit_.weights : fit_.fold_weights[static_cast<std::size_t>(left_out)];
    for (std::size_t u = 0; u < used_.size(); ++u) {
      const std::size_t i = used_[u];
      if (left_out >= 0 && data_.fold(i) == left_out) continue;
      const double predicted = evaluate(*fit_.law.form, weights, data_.asked(i));
      if (!(predicted > 0)) continue;
      const auto shape = static_cast<std::size_t>(data_.shape[i]);
      sums[shape] += std::log(data_.target[i] / predicted);
      ++counts[shape];
      sample[shape] = u;
    }
    ShapeResiduals result;
    for (std::size_t s = 0; s < shapes; ++s) {
      if (counts[s] == 0) continue;
      result.values.push_back(sums[s] / counts[s]);
      const std::span<const double> at = place(sample[s]);
      result.places.insert(result.places.end(), at.begin(), at.end());
    }
    return result;
  }

  const LawFit& fit_;
  const LawData& data_;
  int axes_;
  std::vector<std::size_t> used_;
  std::vector<double> places_;  // of the used samples
};

double mean_error(std::span<const double> predicted, std::span<const std::size_t> samples,
                  const LawData& data) {
  double sum = 0;
  for (std::size_t u = 0; u < samples.size(); ++u) {
    const double target = data.target[samples[u]];
    sum += std::abs(predicted[u] - target) / target;
  }
  return sum / static_cast<double>(samples.size());
}

}  // namespace

LawFit correct(const LawFit& fit, const LawData& data) {
  LawFit corrected = fit;
  corrected.predicted.clear();
  corrected.candidate.corrected = true;
  if (data.shapes < kShapesMin || fit.predicted.empty() ||
      std::ranges::any_of(fit.predicted, [](double value) { return !(value > 0); })) {
    return corrected;
  }
  const Corrector corrector(fit, data);
  Smoothness best;
  double error = 0;
  std::vector<double> best_predicted;
  for (const Smoothness& smoothness : smoothness_grid()) {
    std::vector<double> predicted = corrector.predict(smoothness);
    const double mean = mean_error(predicted, corrector.used(), data);
    if (!best_predicted.empty() && !(mean < error)) continue;
    error = mean;
    best = smoothness;
    best_predicted = std::move(predicted);
  }
  corrected.predicted = fit.predicted;  // of shapes beyond kShapesMax by the law alone
  for (std::size_t u = 0; u < best_predicted.size(); ++u) {
    corrected.predicted[corrector.used()[u]] = best_predicted[u];
  }
  corrected.law.correction = corrector.fit(-1, best);
  score(corrected, data);
  return corrected;
}

}  // namespace ergon
