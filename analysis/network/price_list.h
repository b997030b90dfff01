#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/network/network.h"
#include "analysis/predict.h"

namespace ergon {

// Under which conditions a network is asked for.
struct PriceQuery {
  std::map<std::string, std::string> fields{};  // of TableKey (table_key_field); not kernel, dtypes
  std::vector<std::string> kernels{};  // ids or globs: "gemm/avx512", "*/avx512"; empty: the only
  Dtypes dtypes{};
  std::string proxy{};  // primitive that unmeasured copies and elementwise operations borrow from
};

// What one launch costs.
struct Price {
  Joules energy{}, low{}, high{};  // 90 % interval; NaN where the row has no radius
  // How far `energy` moves when the device's shared coefficients move by 1.645 standard errors;
  // signed: it is the same movement for every operation of the device.
  Joules shared{};
  Seconds time{};
  int fit = 0;                // index into PriceList::fits: errors of one fit go together
  bool extrapolated = false;  // outside the hull of the fit's data
  bool borrowed = false;      // by proxy
};

// The rows of a table that answer one query, resolved once.
class PriceList {
 public:
  struct Fit {
    const EnergyTable::Row* row = nullptr;  // borrowed from the table
    bool proxy = false;
  };

  // `table` must outlive the list. Throws Error where a field of the query fits no row or more than
  // one of a primitive, a kernel pattern fits none, rows of two primitives were measured under
  // different conditions, or the proxy is not measured or is no memory-bound primitive.
  PriceList(const EnergyTable& table, std::span<const Primitive* const> primitives,
            const PriceQuery& query);

  // None where no row and no proxy prices it.
  [[nodiscard]] std::optional<Price> price(const Problem& problem) const;
  // Before a proxy: does the table itself hold a row of the primitive?
  [[nodiscard]] bool has_row(const Primitive* primitive) const {
    return entry_of(primitive) != nullptr;
  }
  [[nodiscard]] std::span<const Fit> fits() const { return fits_; }

 private:
  struct Entry {
    const Primitive* primitive;
    Predictor predictor;
    std::optional<Predictor> shared;  // gives Price::shared
    int fit;
    Range bytes;  // of the fit's data
  };
  [[nodiscard]] const Entry* entry_of(const Primitive* primitive) const;
  [[nodiscard]] static Price from(const Entry& entry, const Problem& problem);
  [[nodiscard]] Price borrow(const Problem& problem) const;
  [[nodiscard]] bool borrows(const Entry& entry, const Problem& problem) const;
  void add(const EnergyTable& table, const EnergyTable::Row& row, bool proxy);
  void expect_one_machine() const;

  std::vector<Fit> fits_{};
  std::vector<Entry> entries_{};
  std::optional<Entry> proxy_{};
  Problem proxy_problem_{};  // with the extents that do not grow
};

// A proxy's interval is at least this share of its joules wide, to both sides: primitives that only
// move data differ by that much in J/byte (README.md, "Networks").
inline constexpr double kProxyWidth = 0.5;

}  // namespace ergon
