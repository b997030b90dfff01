#pragma once

#include <array>
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

 private:
  static constexpr int kTermsMax = 8;
  struct Weights {
    const ModelForm* form = nullptr;
    std::array<double, kTermsMax> values{};  // joules (or seconds) per quantity
  };
  [[nodiscard]] static Weights weigh(const Law& law);
  [[nodiscard]] static double evaluate(const Weights& weights, const Problem& problem,
                                       const Work& work, Seconds elapsed);
  [[nodiscard]] bool outside(const Problem& problem, const Work& work) const;

  const Primitive* primitive_;
  Dtypes dtypes_;
  Weights time_, energy_;
  double radius_;
  Range flops_, bytes_, intensity_;
  std::vector<Range> axes_;                 // in the primitive's order
  std::vector<std::vector<bool>> options_;  // per option and value: seen
};

[[nodiscard]] Prediction predict(const EnergyTable&, const TableKey&, const Problem&);

}  // namespace ergon
