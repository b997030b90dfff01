#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "harness/record/journal.h"
#include "harness/run/run_sweep.h"

namespace ergon {

// What an execution of a sweep comes to, whoever measures: the visits that are left, the journal,
// in which each record is synced to the disk before it counts, what is to go into the result file,
// and the tallies. Any thread may call it.
class Ledger {
 public:
  // Locks the journal, so that no other process works on the same output, and chooses the visits.
  // Borrows all three for its life. Throws Error where what is there was measured otherwise.
  Ledger(const Sweep& sweep, const RunOptions& options,
         const std::function<void(const Progress&)>& progress);
  // Leaves no empty journal behind where it could not even start.
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Of the points that visits name.
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] bool anything_left() const { return !visits_.empty(); }
  // Of the whole plan, the points to look at again and again that can run on this device.
  [[nodiscard]] std::vector<Point> sentinels(const Device& device) const;

  // Whether visits are left of points whose kernels run on such a device.
  [[nodiscard]] bool anything_left(DeviceKind kind) const;
  // The next visit that nobody has; none where there is no more. With a kind: of its points alone.
  [[nodiscard]] std::optional<Visit> next(std::optional<DeviceKind> kind = std::nullopt);
  // The number of a run that begins, for the calls below. `closed`: as Desk::begin.
  int begin(RunInfo run, const std::vector<std::string>& closed);
  void keep(int run, IdleStretch stretch);
  void keep(int run, SamplingCost cost);
  void keep(int run, Record record, bool again);
  void add(const BlockTally& tally);
  // "12 records are committed to results/a.h5.journal".
  [[nodiscard]] std::string committed() const;

  // Writes the result file and removes the journal. Where nothing was left to measure, the file
  // stays as it is.
  RunSummary finish();

 private:
  static constexpr std::size_t kDeviceKinds = 2;
  // Its end is ~Ledger's, also where the other constructor throws.
  struct Locked {};
  Ledger(const Sweep& sweep, const RunOptions& options,
         const std::function<void(const Progress&)>& progress, Locked);
  void choose_visits();
  void count(const Record& record, int run);
  void report(const Record& record, int run);
  // In the journal, runs of this execution stand behind those that it held.
  [[nodiscard]] int in_journal(int run) const;
  [[nodiscard]] DeviceKind kind_of(const Visit& visit) const;
  // Moves next_ of a kind to a visit of that kind, or to the end.
  std::size_t& seek_next(DeviceKind kind);
  [[nodiscard]] RunInfo& run_at(int run) { return fresh_.runs[static_cast<std::size_t>(run)]; }
  void summarise();

  mutable std::mutex mutex_;
  const Sweep& sweep_;
  const RunOptions& options_;
  const std::function<void(const Progress&)>& progress_;
  Journal journal_;
  Results earlier_;            // of the file and the journal as they were found
  Results fresh_;              // of this execution
  Plan whole_, plan_;          // before it was sharded, and after
  std::vector<Visit> visits_;  // those that were left to measure
  std::array<std::size_t, kDeviceKinds> next_ = {};       // by device kind: the first not given yet
  std::int64_t visited_ = 0;                              // visits measured, each once
  std::vector<std::vector<Disagreement>> disagreements_;  // by run
  RunSummary summary_;
  Joules energy_;
  std::int64_t begin_ns_ = 0;
  bool journal_used_ = false;  // it holds something, or is gone
};

}  // namespace ergon
