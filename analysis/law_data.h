#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/features.h"
#include "analysis/sample.h"

namespace ergon {

// What the forms of one target are fitted to: the samples of one key. Shapes are numbered 0, 1, ...
// within the key; with very many, shapes share a bucket, of which normal equations are kept.
struct LawData {
  std::span<const Sample* const> samples{};
  std::vector<Features> features{};  // elapsed: measured; what a law is identified with
  std::vector<double> target{};      // joules or seconds per launch
  // s, by a time law that has not seen the shape; empty: too few shapes.
  std::vector<double> elapsed_predicted{};
  std::vector<int> shape{};           // of each sample
  std::vector<int> fold_of_bucket{};  // empty: too few shapes to leave any out
  int shapes = 0, buckets = 0, folds = 0;

  [[nodiscard]] int bucket(std::size_t sample) const { return shape[sample] % buckets; }
  [[nodiscard]] int fold(std::size_t sample) const {
    return fold_of_bucket[static_cast<std::size_t>(bucket(sample))];
  }
  // As the law is asked: with the predicted time where there is one.
  [[nodiscard]] Features asked(std::size_t sample) const;
};

struct FoldOptions {
  std::uint64_t seed = 1;
  int folds = 10;
};

// Times and features of the samples of one key, and its folds: all samples of a shape in one, dealt
// in a seeded order. Fewer than three shapes have no folds.
[[nodiscard]] LawData make_law_data(std::span<const Sample* const> samples, const Machine& machine,
                                    const FoldOptions& options);

}  // namespace ergon
