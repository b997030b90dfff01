#include "analysis/law_data.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr int kBucketsMax = 1000;
constexpr int kShapesMin = 3;  // fewer cannot be split into folds that each leave a fit

void number_shapes(LawData& data) {
  std::unordered_map<int, int> seen;
  for (const Sample* sample : data.samples) {
    data.shape.push_back(
        seen.try_emplace(sample->shape, static_cast<int>(seen.size())).first->second);
  }
  data.shapes = static_cast<int>(seen.size());
  data.buckets = std::min(data.shapes, kBucketsMax);
}

void deal_folds(LawData& data, const FoldOptions& options) {
  if (data.shapes < kShapesMin) return;
  std::vector<int> order(static_cast<std::size_t>(data.buckets));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  SplitMix random(options.seed);
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    std::swap(order[i], order[random.below(i + 1)]);
  }
  data.folds = std::min(options.folds, data.buckets);
  data.fold_of_bucket.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    data.fold_of_bucket[static_cast<std::size_t>(order[i])] = static_cast<int>(i) % data.folds;
  }
}

}  // namespace

Features LawData::asked(std::size_t sample) const {
  Features asked = features[sample];
  if (!elapsed_predicted.empty()) asked.elapsed = elapsed_predicted[sample];
  return asked;
}

LawData make_law_data(std::span<const Sample* const> samples, const Machine& machine,
                      const FoldOptions& options) {
  ERGON_ASSERT(!samples.empty());
  LawData data{.samples = samples};
  const Problem& first = *samples.front()->problem;
  const FeatureReader read(*first.primitive, first.dtypes, machine);
  data.features.reserve(samples.size());
  data.target.reserve(samples.size());
  for (const Sample* sample : samples) {
    Features features = read(*sample->problem, sample->work);
    features.elapsed = sample->time.value;
    data.features.push_back(features);
    data.target.push_back(sample->time.value);
  }
  number_shapes(data);
  deal_folds(data, options);
  return data;
}

}  // namespace ergon
