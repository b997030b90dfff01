#pragma once

#include <vector>

#include "analysis/least_squares.h"

namespace ergon {

// Above this condition index columns count as inseparable ("strong dependency" of Belsley, Kuh,
// Welsch 1980, section 3.2, is 30), those with more than half their variance in it being the ones.
inline constexpr double kConditionMax = 30;
inline constexpr double kProportionMin = 0.5;

// Which columns a fit can tell apart.
struct Separation {
  // One coefficient to fit: that of column `carrier`, which stands for `terms` (carrier included).
  struct Part {
    int carrier = 0;
    std::vector<int> terms{};
    // Columns merged into this one because they are proportional to it, with carrier units per
    // unit: other = ratio x carrier; 0 where `other` is a sum of several columns instead.
    struct Merged {
      int other = 0;
      double ratio = 0;
    };
    std::vector<Merged> merged{};
  };
  std::vector<Part> parts{};             // in the order of their carriers; columns of zeros: none
  double condition_number = 1;           // of the carriers
  double condition_number_unmerged = 1;  // of all columns
  [[nodiscard]] std::vector<int> carriers() const;
};

// Merges until the carriers' condition number is at most kConditionMax. Of two proportional columns
// the one that alone leaves the smaller residual carries; the later, where they are alike. Where
// more than two depend on each other, the first is absorbed by the others.
[[nodiscard]] Separation separate(const Gram& gram);

}  // namespace ergon
