#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/config/plan.h"
#include "harness/record/results.h"

namespace ergon {

// Where a part of a sweep gets its visits from and hands in what it measured: this process's own
// ledger, or that of rank 0. What is handed in is safe on the disk when the call returns.
class Desk {
 public:
  virtual ~Desk() = default;
  // None where there is no more.
  virtual std::optional<Visit> next() = 0;
  // Of a visit that next() gave; it lasts as long as the desk.
  [[nodiscard]] virtual const Point& point(const Visit& visit) const = 0;
  // Called before a visit is measured.
  virtual void begins(const Visit& /*visit*/) {}
  // As BlockWork::pass_turn.
  virtual bool pass_turn() { return false; }
  // Called first, once. `closed`: why meters that were looked for did not open.
  virtual void begin(const RunInfo& run, const std::vector<std::string>& closed) = 0;
  // What belongs to that run; fields `run` do not matter.
  virtual void keep(IdleStretch stretch) = 0;
  virtual void keep(SamplingCost cost) = 0;
  // `again`: as BlockWork::measure_point.
  virtual void keep(Record record, bool again) = 0;
  // True where the run is to end between two points.
  [[nodiscard]] virtual bool ends() const = 0;
};

}  // namespace ergon
