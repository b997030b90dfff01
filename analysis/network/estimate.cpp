#include "analysis/network/estimate.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {
namespace {

// Half-widths of one fit's own errors.
struct Width {
  double down = 0, up = 0;
  Width& operator+=(const Width& other) {
    down += other.down;
    up += other.up;
    return *this;
  }
};

// What is left of a half-width without the shared part, which adds by other rules.
double without(double half_width, double shared) {
  const double squares = half_width * half_width - shared * shared;
  return squares < 0 ? 0 : std::sqrt(squares);  // in this order NaN stays NaN
}

// Most that operations without an interval may have of a sum that has one.
constexpr double kUnknownMax = 0.01;

// Errors of a sum: per fit, shared, and of operations whose rows give no interval.
class Errors {
 public:
  explicit Errors(std::size_t fits) : own_(fits) {}

  void add(const Price& price, double count = 1) {
    const double size = std::abs(count);
    if (std::isnan(price.low.value)) {
      unknown_ += size * price.energy.value;
      return;
    }
    const double shared = price.shared.value;
    shared_ += count * shared;
    const Width width = {.down = size * without((price.energy - price.low).value, shared),
                         .up = size * without((price.high - price.energy).value, shared)};
    own_[static_cast<std::size_t>(price.fit)] +=
        count < 0 ? Width{.down = width.up, .up = width.down} : width;
  }
  void operator+=(const Errors& other) {
    shared_ += other.shared_;
    unknown_ += other.unknown_;
    for (std::size_t f = 0; f < own_.size(); ++f) own_[f] += other.own_[f];
  }
  // Of a sum of so many joules. NaN where too many of them have no interval.
  [[nodiscard]] Width total(Joules energy) const {
    if (unknown_ > kUnknownMax * std::abs(energy.value)) return {.down = kAbsent, .up = kAbsent};
    Width squares = {.down = shared_ * shared_, .up = shared_ * shared_};
    for (const Width& fit : own_) {
      squares += {.down = fit.down * fit.down, .up = fit.up * fit.up};
    }
    return {.down = std::sqrt(squares.down) + unknown_, .up = std::sqrt(squares.up) + unknown_};
  }

 private:
  double shared_ = 0;
  double unknown_ = 0;  // J, taken to be off by all of themselves
  std::vector<Width> own_;
};

std::size_t index(int node) { return static_cast<std::size_t>(node); }

// Operations and bytes per primitive.
struct Tally {
  struct Entry {
    int operations = 0;
    double bytes = 0;
  };
  std::map<std::string, Entry> by_primitive{};

  void add(const Node& node, double bytes) {
    Entry& entry = by_primitive[std::string(node.kind)];
    ++entry.operations;
    entry.bytes += bytes;
  }
  [[nodiscard]] std::vector<std::string> lines(double bytes_all) const {
    std::vector<std::string> lines;
    for (const auto& [name, entry] : by_primitive) {
      lines.push_back(fmt::format("{}: {} operation{}, {:.1f} % of the bytes", name,
                                  entry.operations, entry.operations == 1 ? "" : "s",
                                  100 * entry.bytes / bytes_all));
    }
    return lines;
  }
};

void expect_covered(const Network& network, const NetworkEstimate& estimate) {
  if (estimate.coverage() >= kCoverageMin) return;
  std::string missing;
  for (const std::string& line : estimate.missing) missing += "\n  " + line;
  throw Error(fmt::format(
      "network {}: the table covers {:.1f} % of the bytes that its operations move; {:.0f} % are "
      "needed. Missing:{}\nmeasure them (configs/transformer.yaml), or let copies and elementwise "
      "operations borrow the J/byte of a measured primitive: --proxy PRIMITIVE",
      network.name, 100 * estimate.coverage(), 100 * kCoverageMin, missing));
}

// Where prices go, node by node.
class Pricing {
 public:
  Pricing(const Network& network, const PriceList& prices)
      : network_(network),
        prices_(prices),
        errors_(network.nodes.size(), Errors(prices.fits().size())) {
    result_.costs.resize(network.nodes.size());
  }

  NetworkEstimate run() {
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      if (network_.nodes[i].is_operation()) price(i);
    }
    const double all = result_.bytes_measured + result_.bytes_borrowed + result_.bytes_missing;
    result_.missing = missing_.lines(all);
    result_.borrowed = borrowed_.lines(all);
    expect_covered(network_, result_);
    add_up();
    return std::move(result_);
  }

 private:
  void price(std::size_t i) {
    const Node& node = network_.nodes[i];
    Cost& cost = result_.costs[i];
    cost.bytes = static_cast<double>(node.problem.primitive->work(node.problem).bytes());
    const std::optional<Price> price = prices_.price(node.problem);
    cost.priced = price.has_value();
    if (!price) {
      result_.bytes_missing += cost.bytes;
      return missing_.add(node, cost.bytes);
    }
    cost.energy = price->energy;
    cost.time = price->time;
    if (price->extrapolated) cost.extrapolated = price->energy;
    if (price->borrowed) {
      cost.borrowed = price->energy;
      result_.bytes_borrowed += cost.bytes;
      borrowed_.add(node, cost.bytes);
    } else {
      result_.bytes_measured += cost.bytes;
    }
    errors_[i].add(*price);
    if (std::isnan(price->low.value) && result_.no_interval.empty()) explain(*price);
  }

  void explain(const Price& price) {
    const EnergyTable::Row& row = *prices_.fits()[index(price.fit)].row;
    result_.no_interval = row.key.kernel + ": " + row.energy.conformal.reason;
  }

  // From the leaves up: a node stands behind its parent.
  void add_up() {
    std::vector<double> missing(network_.nodes.size(), 0);
    for (std::size_t i = network_.nodes.size(); i-- > 0;) {
      Cost& cost = result_.costs[i];
      const int parent = network_.nodes[i].parent;
      if (!cost.priced) missing[i] = cost.bytes;
      if (parent < 0) continue;
      Cost& above = result_.costs[index(parent)];
      above.energy += cost.energy;
      above.time += cost.time;
      above.bytes += cost.bytes;
      above.borrowed += cost.borrowed;
      above.extrapolated += cost.extrapolated;
      errors_[index(parent)] += errors_[i];
      missing[index(parent)] += missing[i];
    }
    const double bytes_priced = result_.bytes_measured + result_.bytes_borrowed;
    const Joules per_byte = bytes_priced > 0 ? result_.costs[0].energy / bytes_priced : Joules{};
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      Cost& cost = result_.costs[i];
      const Width width = errors_[i].total(cost.energy);
      cost.low = std::max(cost.energy - Joules{width.down}, Joules{});
      cost.high = cost.energy + Joules{width.up} + missing[i] * per_byte;
    }
  }

  const Network& network_;
  const PriceList& prices_;
  std::vector<Errors> errors_;
  NetworkEstimate result_{};
  Tally missing_{}, borrowed_{};
};

}  // namespace

NetworkEstimate estimate(const Network& network, const PriceList& prices) {
  return Pricing(network, prices).run();
}

std::vector<const Primitive*> primitives_of(const Network& network) {
  std::vector<const Primitive*> primitives;
  for (const Node& node : network.nodes) {
    if (!node.is_operation()) continue;
    if (std::ranges::find(primitives, node.problem.primitive) == primitives.end()) {
      primitives.push_back(node.problem.primitive);
    }
  }
  return primitives;
}

Difference difference(const Network& a, const Network& b, const PriceList& prices) {
  // How many more launches of a problem b has.
  std::map<std::string, std::pair<const Problem*, int>> counts;
  const auto count = [&](const Network& network, int sign) {
    for (const Node& node : network.nodes) {
      if (!node.is_operation()) continue;
      auto& [problem, times] = counts[problem_key(node.problem)];
      problem = &node.problem;
      times += sign;
    }
  };
  count(a, -1);
  count(b, +1);
  Difference result;
  Errors errors(prices.fits().size());
  for (const auto& [key, entry] : counts) {
    if (entry.second == 0) continue;
    const std::optional<Price> price = prices.price(*entry.first);
    if (!price) continue;
    result.energy += entry.second * price->energy;
    result.time += entry.second * price->time;
    errors.add(*price, entry.second);
  }
  const Width width = errors.total(result.energy);
  result.low = result.energy - Joules{width.down};
  result.high = result.energy + Joules{width.up};
  return result;
}

}  // namespace ergon
