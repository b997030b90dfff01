#include "analysis/regime.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "analysis/sample.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr double kThinRows = 8;
constexpr double kMost = 0.5;  // share of the time that binds a launch

enum : std::size_t { kLaunchBound, kSmallM, kCacheResident, kMemoryBound, kRegimes };
constexpr std::string_view kNames[kRegimes] = {"launch-bound", "small-M", "cache-resident",
                                               "memory-bound"};
// Whether a launch is in a regime; none where the machine's caches decide and are not known.
using Membership = std::array<std::optional<bool>, kRegimes>;

// Shares of the time that a law gives to launches and to bytes.
struct Shares {
  double launch = 0, byte = 0;
};

Shares shares_of(const Law& time, const Features& features) {
  Shares shares;
  double sum = 0;
  for (const Coefficient& coefficient : time.coefficients) {
    const auto terms = time.form->terms;
    const auto term = std::ranges::find(terms, coefficient.carrier, &Term::name);
    ERGON_ASSERT(term != terms.end());
    const auto place = static_cast<std::size_t>(term - terms.begin());
    const double part = coefficient.value * term->scale * time.form->quantity(features, place);
    sum += part;
    // Merged with FLOPs, bytes still set the time where memory serves them.
    const bool byte = std::ranges::any_of(
        coefficient.terms, [](const std::string& name) { return name.starts_with("byte"); });
    if (term->quantity == "launch") shares.launch += part;
    if (byte) shares.byte += part;
  }
  if (!(sum > 0)) return {};
  return {shares.launch / sum, shares.byte / sum};
}

double last_level_bytes(const Machine& machine) {
  return *std::ranges::max_element(machine.cache_bytes);
}

Membership membership_of(const EnergyTable::Row& row, const Features& features) {
  const Shares shares = shares_of(row.time, features);
  const bool product = features.m > 0;
  Membership in;
  in[kLaunchBound] = shares.launch > kMost;
  in[kSmallM] = product && features.m <= kThinRows;
  const double cache = row.key.cold ? 0 : last_level_bytes(row.machine);
  if (!row.key.cold && cache == 0) return in;
  in[kCacheResident] = features.bytes <= cache && !*in[kLaunchBound];
  in[kMemoryBound] = features.bytes > cache && (!product || shares.byte > kMost);
  return in;
}

FeatureReader reader_of(const EnergyTable::Row& row, const Problem& problem) {
  return {*problem.primitive, row.key.dtypes, row.machine};
}

std::string bytes_text(double bytes) {
  return bytes >= 1 << 20 ? fmt::format("{:.4g} MiB", bytes / (1 << 20))
                          : fmt::format("{:.4g} KiB", bytes / 1024);
}

}  // namespace

std::vector<Regime> find_regimes(const EnergyTable::Row& row,
                                 std::span<const Sample* const> samples) {
  ERGON_ASSERT(!samples.empty());
  const std::string cache = bytes_text(last_level_bytes(row.machine));
  const std::string where[kRegimes] = {"more than half of the time is the launch",
                                       fmt::format("m of {} or less", kThinRows),
                                       fmt::format("bytes within {} of cache", cache),
                                       fmt::format("bytes beyond {} of cache", cache)};
  std::vector<Regime> regimes;
  for (std::size_t r = 0; r < kRegimes; ++r) {
    regimes.push_back({.name = std::string(kNames[r]), .where = where[r]});
  }
  const FeatureReader read = reader_of(row, *samples.front()->problem);
  bool product = false;
  for (const Sample* sample : samples) {
    const Features features = read(*sample->problem);
    product = product || features.m > 0;
    const Membership in = membership_of(row, features);
    for (std::size_t r = 0; r < kRegimes; ++r) {
      if (in[r].value_or(false)) regimes[r].records += sample->records;
      if (in[r].has_value()) continue;
      regimes[r].records = -1;
      regimes[r].where = r == kCacheResident ? "bytes within the cache" : "bytes beyond the cache";
      regimes[r].reason = "the records do not say what caches the machine has";
    }
  }
  if (row.key.cold) regimes[kMemoryBound].where = "operands are cold";
  // A cold launch finds nothing in a cache; what is no product has no rows to be few.
  if (row.key.cold) regimes.erase(regimes.begin() + kCacheResident);
  if (!product) regimes.erase(regimes.begin() + kSmallM);
  return regimes;
}

std::vector<std::string> regimes_without_record(const EnergyTable::Row& row,
                                                const Problem& problem) {
  const Membership in = membership_of(row, reader_of(row, problem)(problem));
  std::vector<std::string> without;
  for (const Regime& regime : row.regimes) {
    const auto name = std::ranges::find(kNames, regime.name);
    if (regime.records != 0 || name == std::end(kNames)) continue;
    const auto place = static_cast<std::size_t>(name - std::begin(kNames));
    if (!in[place].value_or(false)) continue;
    without.push_back(fmt::format("{}, of which there is no record", regime.name));
  }
  return without;
}

}  // namespace ergon
