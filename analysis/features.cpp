#include "analysis/features.h"

#include <algorithm>

#include "analysis/transistors.h"

namespace ergon {

namespace {

bool has(const Primitive& primitive, std::initializer_list<std::string_view> names) {
  return std::ranges::all_of(names, [&](std::string_view name) {
    return std::ranges::find(primitive.axes, name) != primitive.axes.end();
  });
}

}  // namespace

Machine machine_of(std::span<const CacheLevel> caches, int threads) {
  Machine machine;
  for (const CacheLevel& cache : caches) {
    const int instances = std::max(cache.instances, 1);
    const int used = threads > 0 ? std::min(threads, instances) : instances;
    const double bytes = static_cast<double>(cache.bytes_each) * used;
    if (cache.name == "L1") machine.lanes = used;
    if (cache.name == "L1") machine.cache_bytes[0] = bytes;
    if (cache.name == "L2") machine.cache_bytes[1] = bytes;
    if (cache.name == "L3") machine.cache_bytes[2] = bytes;
  }
  return machine;
}

FeatureReader::FeatureReader(const Primitive& primitive, const Dtypes& dtypes,
                             const Machine& machine)
    : primitive_(&primitive), machine_(machine) {
  if (has(primitive, {"m", "n", "k"})) {
    product_ = true;
    batch_ = places({"batch"});
    m_ = places({"m"});
    n_ = places({"n"});
    k_ = places({"k"});
    rows_ = places({"batch", "m"});
  } else if (has(primitive, {"queries", "keys", "head_size"})) {
    product_ = true;
    batch_ = places({"batch", "heads"});
    m_ = places({"queries"});
    n_ = places({"keys"});
    k_ = places({"head_size"});
    rows_ = places({"batch", "heads", "queries"});
  } else if (has(primitive, {"rows"})) {
    rows_ = places({"rows"});
  } else {
    rows_ = places({"tokens"});
  }
  has_rows_ = rows_.at[0] >= 0;
  out_bytes_ = static_cast<double>(dtype_bytes(dtypes.out, 2)) / 2;  // two i4 share a byte
  per_flop_ = transistors_per_flop(dtypes);
  per_special_ = transistors_per_special(primitive.name, dtypes);
}

FeatureReader::Places FeatureReader::places(std::initializer_list<std::string_view> names) const {
  Places places;
  std::size_t next = 0;
  for (const std::string_view name : names) {
    const auto found = std::ranges::find(primitive_->axes, name);
    if (found == primitive_->axes.end()) continue;
    places.at[next++] = static_cast<std::int8_t>(found - primitive_->axes.begin());
  }
  return places;
}

double FeatureReader::Places::product(const Problem& problem) const {
  double product = 1;
  for (const std::int8_t place : at) {
    if (place < 0) break;
    product *= static_cast<double>(problem.extents[static_cast<std::size_t>(place)]);
  }
  return product;
}

Features FeatureReader::operator()(const Problem& problem, const Work& work) const {
  Features features{.flops = static_cast<double>(work.flops),
                    .bytes = static_cast<double>(work.bytes()),
                    .specials = static_cast<double>(work.specials),
                    .machine = machine_};
  features.transistor_ops = per_flop_ * features.flops + per_special_ * features.specials;
  if (product_) {
    features.batch = batch_.product(problem);
    features.m = m_.product(problem);
    features.n = n_.product(problem);
    features.k = k_.product(problem);
  }
  if (has_rows_) features.rows = rows_.product(problem);
  features.outputs = static_cast<double>(work.bytes_written) / out_bytes_;
  return features;
}

}  // namespace ergon
