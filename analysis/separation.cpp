#include "analysis/separation.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "kernels/error.h"

namespace ergon {

namespace {

using Part = Separation::Part;

// Parts whose carriers make the largest condition index: at least two.
std::vector<std::size_t> involved_parts(const Collinearity& found) {
  std::vector<std::size_t> order(found.proportion.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater{},
                           [&](std::size_t i) { return found.proportion[i]; });
  std::size_t count = 2;
  while (count < order.size() && found.proportion[order[count]] > kProportionMin) ++count;
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

// Condition number of two columns of length one at this cosine.
double pair_condition(double cosine) {
  return std::sqrt((1 + cosine) / std::max(1 - cosine, 1e-16));
}

double residual_without(const Gram& gram, const std::vector<Part>& parts, std::size_t left_out) {
  std::vector<int> columns;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != left_out) columns.push_back(parts[i].carrier);
  }
  return solve_nonnegative(gram.select(columns)).residual;
}

void add_terms(Part& to, const Part& from) {
  std::set<int> terms(to.terms.begin(), to.terms.end());
  terms.insert(from.terms.begin(), from.terms.end());
  to.terms.assign(terms.begin(), terms.end());
}

void merge_pair(const Gram& gram, std::vector<Part>& parts, std::size_t first, std::size_t second) {
  const double without_first = residual_without(gram, parts, first);
  const double without_second = residual_without(gram, parts, second);
  // Below rounding neither residual says anything.
  const bool first_carries = without_second < 0.9 * without_first - 1e-12 * gram.yy();
  Part& carrier = parts[first_carries ? first : second];
  const Part& other = parts[first_carries ? second : first];
  add_terms(carrier, other);
  carrier.merged.push_back({other.carrier, gram.xx(other.carrier, carrier.carrier) /
                                               gram.xx(carrier.carrier, carrier.carrier)});
  parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(first_carries ? second : first));
}

void absorb_first(std::vector<Part>& parts, const std::vector<std::size_t>& involved) {
  const Part absorbed = parts[involved.front()];
  for (const std::size_t i : involved) {
    if (i == involved.front()) continue;
    add_terms(parts[i], absorbed);
    parts[i].merged.push_back({absorbed.carrier, 0});
  }
  parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(involved.front()));
}

}  // namespace

std::vector<int> Separation::carriers() const {
  std::vector<int> columns;
  for (const Part& part : parts) columns.push_back(part.carrier);
  return columns;
}

Separation separate(const Gram& gram) {
  Separation result;
  for (int i = 0; i < gram.columns(); ++i) {
    if (gram.xx(i, i) > 0) result.parts.push_back({.carrier = i, .terms = {i}, .merged = {}});
  }
  Collinearity found = collinearity(gram.select(result.carriers()));
  result.condition_number_unmerged = found.condition_number;
  while (found.condition_number > kConditionMax) {
    const std::vector<std::size_t> involved = involved_parts(found);
    std::size_t first = involved[0], second = involved[1];
    for (std::size_t a = 0; a < involved.size(); ++a) {
      for (std::size_t b = a + 1; b < involved.size(); ++b) {
        const auto angle = [&](std::size_t i, std::size_t j) {
          return cosine(gram, result.parts[i].carrier, result.parts[j].carrier);
        };
        if (angle(involved[a], involved[b]) > angle(first, second)) {
          first = involved[a];
          second = involved[b];
        }
      }
    }
    const double angle = cosine(gram, result.parts[first].carrier, result.parts[second].carrier);
    if (involved.size() == 2 || pair_condition(angle) > kConditionMax) {
      merge_pair(gram, result.parts, first, second);
    } else {
      absorb_first(result.parts, involved);
    }
    found = collinearity(gram.select(result.carriers()));
  }
  result.condition_number = found.condition_number;
  return result;
}

}  // namespace ergon
