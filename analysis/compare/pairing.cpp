#include "analysis/compare/pairing.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "harness/config/glob.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// Every field in which two differ: "fill: uniform against zeros; cold: no against yes".
std::string differences(const Texts& first, const Texts& second,
                        const std::vector<std::string>& across) {
  std::string text;
  for (const auto& [field, value] : first) {
    if (std::ranges::find(across, field) != across.end()) continue;
    const auto other = second.find(field);
    if (other == second.end() || other->second == value) continue;
    text +=
        fmt::format("{}{}: {} against {}", text.empty() ? "" : "; ", field, value, other->second);
  }
  return text;
}

std::string shape_key(const PointValue& point) {
  return fmt::format("{} {}", point.problem.primitive->name, point.shape);
}

// Points by problem, apart from dtypes and all conditions.
using ByShape = std::map<std::string, std::vector<const PointValue*>>;

ByShape by_shape(const SideData& side, const PairingRule& rule) {
  ByShape points;
  for (const PointValue& point : side.points) {
    if (glob_matches(rule.kernels, point.kernel)) points[shape_key(point)].push_back(&point);
  }
  return points;
}

std::string energy_reason(const PointValue& first, const PointValue& second) {
  if (!first.energy_reason.empty()) return "first: " + first.energy_reason;
  if (!second.energy_reason.empty()) return "second: " + second.energy_reason;
  return differences(first.of_energy, second.of_energy, {});
}

// Of those whose conditions agree, how many joules could be compared, so that a side that has a
// point metered and unmetered gives the better.
const PointValue* best_of(const PointValue& first, const std::vector<const PointValue*>& fitting) {
  const auto without_reason = [&](const PointValue* second) {
    return energy_reason(first, *second).empty();
  };
  const auto found = std::ranges::find_if(fitting, without_reason);
  return found == fitting.end() ? fitting.front() : *found;
}

std::string kernels_of(const std::vector<const PointValue*>& points) {
  std::set<std::string> names;
  for (const PointValue* point : points) {
    names.insert(fmt::format("{} on {} threads", point->kernel, point->conditions.at("threads")));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// Of several that fit where conditions may differ: the one that differs in none.
void keep_equals(const PointValue& first, std::vector<const PointValue*>& fitting) {
  std::vector<const PointValue*> equal;
  for (const PointValue* point : fitting) {
    if (differences(first.conditions, point->conditions, {}).empty()) equal.push_back(point);
  }
  if (!equal.empty()) fitting = std::move(equal);
}

PairedPoint pair_one(const PointValue& first, const std::vector<const PointValue*>& own,
                     const std::vector<const PointValue*>& others, const PairingRule& rule) {
  PairedPoint pair{.first = &first};
  std::vector<const PointValue*> fitting;
  std::string nearest;
  for (const PointValue* other : others) {
    const std::string differs = differences(first.conditions, other->conditions, rule.across);
    if (differs.empty()) fitting.push_back(other);
    if (nearest.empty() || differs.size() < nearest.size()) nearest = differs;
  }
  if (fitting.empty()) {
    pair.reason = nearest;
    return pair;
  }
  keep_equals(first, fitting);
  if (const std::set<Texts> kinds =
          [&] {
            std::set<Texts> all;
            for (const PointValue* point : fitting) all.insert(point->conditions);
            return all;
          }();
      kinds.size() > 1) {
    pair.reason = fmt::format("several of the second side fit ({}); name one with --kernel",
                              kernels_of(fitting));
    return pair;
  }
  const PointValue& second = *best_of(first, fitting);
  // Two of the first side must not be judged against one of the second as if they were apart.
  std::vector<const PointValue*> rivals;
  for (const PointValue* point : own) {
    if (differences(point->conditions, second.conditions, rule.across).empty()) {
      rivals.push_back(point);
    }
  }
  keep_equals(second, rivals);
  std::set<Texts> kinds;
  for (const PointValue* rival : rivals) kinds.insert(rival->conditions);
  if (!kinds.contains(first.conditions) || kinds.size() > 1) {
    pair.reason = fmt::format("several of the first side fit ({}); name one with --kernel",
                              kernels_of(rivals));
    return pair;
  }
  pair.second = &second;
  pair.energy_reason = energy_reason(first, second);
  if (first.timed != second.timed) {
    pair.time_reason = fmt::format("timed {} against {}", first.timed, second.timed);
  }
  return pair;
}

}  // namespace

bool PairedPoint::compares(Metric metric) const {
  return second != nullptr && reason_of(metric).empty();
}

const std::string& PairedPoint::reason_of(Metric metric) const {
  if (second == nullptr) return reason;
  if (metric == Metric::time) return time_reason;
  return metric == Metric::energy || !energy_reason.empty() ? energy_reason : time_reason;
}

Pairing pair_points(const SideData& first, const SideData& second, const PairingRule& rule) {
  for (const std::string& field : rule.across) {
    if (field == "kernel" || field == "threads") continue;
    throw Error(fmt::format("compare: --across {}: expected kernel or threads", field));
  }
  const ByShape own = by_shape(first, rule), others = by_shape(second, rule);
  Pairing pairing;
  std::set<const PointValue*> metered;  // a second look at a point without its joules is none
  for (const PointValue& point : first.points) {
    const auto mine = own.find(shape_key(point));
    if (mine == own.end() || !glob_matches(rule.kernels, point.kernel)) continue;
    const auto found = others.find(shape_key(point));
    if (found == others.end()) {
      ++pairing.alone_first;
      continue;
    }
    PairedPoint pair = pair_one(point, mine->second, found->second, rule);
    if (pair.second != nullptr && !metered.insert(pair.second).second) continue;
    pairing.points.push_back(std::move(pair));
  }
  for (const auto& [key, points] : others) {
    if (!own.contains(key)) pairing.alone_second += static_cast<int>(points.size());
  }
  return pairing;
}

}  // namespace ergon
