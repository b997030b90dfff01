#pragma once

#include <string>
#include <vector>

#include "harness/run/desk.h"
#include "harness/run/interrupt.h"
#include "harness/run/ledger.h"

namespace ergon {

// The desk of a process that has the ledger itself.
class OwnDesk final : public Desk {
 public:
  // Borrows all three. `kind`: gives only visits of points that run on such a device.
  OwnDesk(Ledger& ledger, const RunWithin& within, const InterruptGuard& interrupt,
          std::optional<DeviceKind> kind = std::nullopt)
      : ledger_(ledger), within_(within), interrupt_(interrupt), kind_(kind) {}

  std::optional<Visit> next() override { return ledger_.next(kind_); }
  [[nodiscard]] const Point& point(const Visit& visit) const override {
    return ledger_.plan().points[visit.point];
  }
  void begins(const Visit& visit) override {
    if (within_.begins) within_.begins(visit);
  }
  void begin(const RunInfo& run, const std::vector<std::string>& closed) override {
    run_ = ledger_.begin(run, closed);
  }
  void keep(IdleStretch stretch) override { ledger_.keep(run_, std::move(stretch)); }
  void keep(SamplingCost cost) override { ledger_.keep(run_, std::move(cost)); }
  void keep(Record record, bool again) override { ledger_.keep(run_, std::move(record), again); }
  [[nodiscard]] bool ends() const override {
    return interrupt_.interrupted() || (within_.ends && within_.ends());
  }

 private:
  Ledger& ledger_;
  const RunWithin& within_;
  const InterruptGuard& interrupt_;
  std::optional<DeviceKind> kind_;
  int run_ = -1;
};

}  // namespace ergon
