#include "analysis/network/price_list.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "harness/config/glob.h"
#include "harness/config/spelling.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr double kNormal90 = 1.6448536269514722;  // half-width of 90 % in standard deviations

// A row that never saw an eighth of the bytes knows its launch cost and not its J/byte.
constexpr double kReach = 8;

std::string_view primitive_name(std::string_view kernel) {
  return kernel.substr(0, kernel.find('/'));
}

// Products do arithmetic on what they read many times over; everything else is bound by memory.
bool is_product(const Primitive& primitive) {
  return primitive.name == "gemm" || primitive.name == "batched_gemm" ||
         primitive.name == "attention";
}

// A copy, or arithmetic on each element by itself.
bool may_borrow(const Primitive& primitive) {
  static constexpr std::string_view kNames[] = {"copy", "embedding",    "gelu",   "merge_heads",
                                                "relu", "residual_add", "rotary", "scale_mask",
                                                "silu", "split_heads",  "swiglu", "tanh"};
  return std::ranges::find(kNames, primitive.name) != std::end(kNames);
}

std::set<std::string> kernels_of(const EnergyTable& table, std::string_view primitive) {
  std::set<std::string> kernels;
  for (const EnergyTable::Row& row : table.rows) {
    if (primitive_name(row.key.kernel) == primitive) kernels.insert(row.key.kernel);
  }
  return kernels;
}

// The row of a primitive under a query; null where the table has none of the primitive.
const EnergyTable::Row* row_of(const EnergyTable& table, const Primitive& primitive,
                               const PriceQuery& query) {
  std::set<std::string> kernels = kernels_of(table, primitive.name);
  if (kernels.empty()) return nullptr;
  std::set<std::string> wanted;
  for (const std::string& kernel : kernels) {
    for (const std::string& pattern : query.kernels) {
      if (glob_matches(pattern, kernel)) wanted.insert(kernel);
    }
  }
  if (!wanted.empty()) kernels = wanted;
  if (kernels.size() > 1) {
    throw Error(fmt::format("energy table: has rows for kernel '{}'; say which (--kernel {})",
                            fmt::join(kernels, "', '"), *kernels.begin()));
  }
  std::map<std::string, std::string> fields = query.fields;
  fields["kernel"] = *kernels.begin();
  fields["dtypes"] = table_key_field(TableKey{.dtypes = query.dtypes}, "dtypes");
  if (primitive.name != "gemm") fields.erase("weights");  // nothing else packs them
  return &find_row(table, fields);
}

void expect_patterns(const EnergyTable& table, const PriceQuery& query) {
  std::set<std::string> kernels;
  for (const EnergyTable::Row& row : table.rows) kernels.insert(row.key.kernel);
  for (const std::string& pattern : query.kernels) {
    const bool matches = std::any_of(kernels.begin(), kernels.end(), [&](const std::string& id) {
      return glob_matches(pattern, id);
    });
    if (matches) continue;
    throw Error(fmt::format("energy table: no row with kernel '{}'; the table has: '{}'", pattern,
                            fmt::join(kernels, "', '")));
  }
}

// The row's predictor with each coefficient replaced by how far it moves with W static: covariance
// over variance, times 1.645 standard errors. None where nothing is shared or known.
std::optional<Predictor> shared_predictor(const EnergyTable& table, const EnergyTable::Row& row) {
  if (row.device < 0 || row.cross_covariance.empty()) return std::nullopt;
  const DeviceBlock& block = table.devices[static_cast<std::size_t>(row.device)];
  if (block.static_entry < 0 || block.covariance.empty()) return std::nullopt;
  const std::size_t entries = block.entries.size();
  const auto at = static_cast<std::size_t>(block.static_entry);
  const double variance = block.covariance[at * entries + at];
  if (!(variance > 0)) return std::nullopt;
  EnergyTable::Row moved = row;
  for (std::size_t c = 0; c < moved.energy.coefficients.size(); ++c) {
    moved.energy.coefficients[c].value =
        row.cross_covariance[c * entries + at] / variance * kNormal90 * std::sqrt(variance);
  }
  return Predictor(moved);
}

// A problem with the longest rows of the row's data, so that what a row costs by itself weighs
// least; its first extent is what grows.
Problem long_problem(const EnergyTable::Row& row, const Primitive& primitive) {
  Problem problem = make_problem(primitive, std::vector<std::int64_t>(primitive.axes.size(), 1));
  problem.dtypes = row.key.dtypes;
  for (std::size_t a = 1; a < primitive.axes.size(); ++a) {
    for (const Hull::Axis& axis : row.hull.axes) {
      if (axis.name != primitive.axes[a]) continue;
      problem.extents[a] = static_cast<std::int64_t>(axis.range.high);
    }
  }
  for (const Hull::Option& option : row.hull.options) {
    if (!option.values.empty()) choose(problem, option.name, option.values.front());
  }
  return problem;
}

double bytes_of(const Problem& problem) {
  return static_cast<double>(problem.primitive->work(problem).bytes());
}

}  // namespace

PriceList::PriceList(const EnergyTable& table, std::span<const Primitive* const> primitives,
                     const PriceQuery& query) {
  expect_patterns(table, query);
  for (const Primitive* primitive : primitives) {
    const EnergyTable::Row* const row = row_of(table, *primitive, query);
    if (row != nullptr) add(table, *row, false);
  }
  if (!query.proxy.empty()) {
    const Primitive* const primitive = primitive::named(query.proxy);
    const EnergyTable::Row* const row =
        primitive == nullptr ? nullptr : row_of(table, *primitive, query);
    if (row == nullptr) {
      std::vector<std::string> known;
      for (const Primitive* each : primitive::all()) {
        if (!is_product(*each) && !kernels_of(table, each->name).empty()) {
          known.emplace_back(each->name);
        }
      }
      throw Error(fmt::format("--proxy {}: the table has no row of it; known: {}{}", query.proxy,
                              joined(known), did_you_mean(query.proxy, known)));
    }
    if (is_product(*primitive)) {
      throw Error(
          fmt::format("--proxy {}: is bound by arithmetic; name a primitive that is bound "
                      "by memory, such as softmax or residual_add",
                      query.proxy));
    }
    add(table, *row, true);
    proxy_problem_ = long_problem(*row, *primitive);
  }
  expect_one_machine();
}

void PriceList::add(const EnergyTable& table, const EnergyTable::Row& row, bool proxy) {
  Entry entry{.primitive = primitive::named(primitive_name(row.key.kernel)),
              .predictor = Predictor(row),
              .shared = shared_predictor(table, row),
              .fit = static_cast<int>(fits_.size()),
              .bytes = row.hull.bytes};
  fits_.push_back({.row = &row, .proxy = proxy});
  if (proxy) {
    proxy_ = std::move(entry);
  } else {
    entries_.push_back(std::move(entry));
  }
}

// Rows that were measured apart are no machine that a network could run on.
void PriceList::expect_one_machine() const {
  for (const Fit& fit : fits_) {
    for (const std::string_view field : table_key_fields()) {
      if (field == "kernel" || field == "weights" || field == "dtypes") continue;
      const std::string first = table_key_field(fits_.front().row->key, field);
      const std::string other = table_key_field(fit.row->key, field);
      if (first == other) continue;
      throw Error(fmt::format(
          "energy table: {} has {} '{}' and {} has '{}'; a network runs under "
          "one; say which (--{})",
          fits_.front().row->key.kernel, field, first, fit.row->key.kernel, other, field));
    }
  }
}

const PriceList::Entry* PriceList::entry_of(const Primitive* primitive) const {
  for (const Entry& entry : entries_) {
    if (entry.primitive == primitive) return &entry;
  }
  return nullptr;
}

std::optional<Price> PriceList::price(const Problem& problem) const {
  const Entry* const entry = entry_of(problem.primitive);
  if (entry != nullptr && !borrows(*entry, problem)) return from(*entry, problem);
  if (!proxy_ || !may_borrow(*problem.primitive)) return std::nullopt;
  return borrow(problem);
}

// A size that the row never came near is unmeasured too, where the proxy comes nearer.
bool PriceList::borrows(const Entry& entry, const Problem& problem) const {
  if (!proxy_ || !may_borrow(*problem.primitive)) return false;
  const double bytes = bytes_of(problem);
  return bytes > kReach * entry.bytes.high && proxy_->bytes.high > entry.bytes.high;
}

Price PriceList::from(const Entry& entry, const Problem& problem) {
  const Prediction prediction = entry.predictor(problem);
  return {.energy = prediction.energy,
          .low = prediction.low,
          .high = prediction.high,
          .shared = entry.shared ? (*entry.shared)(problem).energy : Joules{},
          .time = prediction.time,
          .fit = entry.fit,
          .extrapolated = prediction.extrapolated};
}

// What the proxy's law charges for twice the bytes, less what it charges for them: its J/byte at
// that size, in cache or out of it, without its launch. Bytes grow evenly with the first extent.
Price PriceList::borrow(const Problem& problem) const {
  const double wanted = bytes_of(problem);
  Problem same = proxy_problem_;
  const double one = bytes_of(same);
  same.extents[0] = 2;
  const double slope = bytes_of(same) - one;
  same.extents[0] = std::max<std::int64_t>(1, std::llround((wanted - one) / slope) + 1);
  Problem twice = same;
  twice.extents[0] *= 2;
  const Price less = from(*proxy_, same);
  Price price = from(*proxy_, twice);
  const double share = wanted / (bytes_of(twice) - bytes_of(same));
  const double width = std::max((price.high / price.energy.value - Joules{1}).value, kProxyWidth);
  price.energy = std::max(share * (price.energy - less.energy), Joules{});
  price.low = std::max((1 - width) * price.energy, Joules{});
  price.high = (1 + width) * price.energy;
  price.shared = share * (price.shared - less.shared);
  price.time = std::max(share * (price.time - less.time), Seconds{});
  price.extrapolated = less.extrapolated;
  price.borrowed = true;
  return price;
}

}  // namespace ergon
