#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/energy_table.h"

namespace ergon {

struct Prediction {
  Joules energy, low, high;  // 90 % interval; NaN where the row has no conformal radius
  Seconds time;
  bool extrapolated = false;  // outside the hull of the row's data
};

// One row of a table, resolved once and asked many times: no allocation, no look-up by name.
class Predictor {
 public:
  // Copies what it needs. Throws Error where this build does not know the row's primitive.
  explicit Predictor(const EnergyTable::Row& row);
  // Throws Error for a problem of another primitive or other dtypes.
  [[nodiscard]] Prediction operator()(const Problem& problem) const;
  // One prediction per problem; `out` is as long as `problems`. Twice as fast as one by one, and
  // the same but for rounding. Throws the same Error.
  void predict(std::span<const Problem> problems, std::span<Prediction> out) const;

  static constexpr std::size_t kAxesMax = 8;

 private:
  // The terms of a law that count.
  struct Addend {
    std::size_t term = 0;
    double weight = 0;  // joules (or seconds) per quantity
  };
  struct Weighed {
    const ModelForm* form = nullptr;
    std::vector<Addend> addends{};
    Correction correction{};
  };
  [[nodiscard]] static Weighed weigh(const Law& law);
  [[nodiscard]] static double evaluate(const Weighed& law, const Features& features);
  void expect_own(const Problem& problem) const;
  void predict_batch(std::span<const Problem> problems, std::span<Prediction> out) const;
  // `factor_time`, `factor_energy`: of the corrections.
  [[nodiscard]] Prediction conclude(Features& features, bool extrapolated, double factor_time,
                                    double factor_energy) const;
  [[nodiscard]] bool outside(const Problem& problem, const Features& features) const;

  const Primitive* primitive_;
  Dtypes dtypes_;
  FeatureReader read_;
  Weighed time_, energy_;
  bool corrected_;
  double radius_, radius_extrapolated_;
  Range flops_, bytes_, intensity_;
  std::vector<Range> axes_;                 // in the primitive's order
  std::vector<std::vector<bool>> options_;  // per option and value: seen
};

[[nodiscard]] Prediction predict(const EnergyTable&, const TableKey&, const Problem&);

}  // namespace ergon
