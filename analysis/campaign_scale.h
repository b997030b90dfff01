#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

namespace ergon {

// A number that sentinels tell of a run, and its interval: 99 % over all that is told of one
// campaign together, so that noise alone moves nothing in 99 of 100 campaigns, and more than 95 %
// each.
struct Shift {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  bool applied = false;  // only where the interval leaves out "no change"
  std::string reason{};  // why it was applied or not
};

// What sentinels tell of one run. A campaign is the runs of one device and boundary that share
// sentinels, some directly, some through others.
struct CampaignRun {
  struct Quantity {
    Shift scale{};  // a factor: the run against the geometric mean of its campaign
    Shift drift{};  // a share: what a line through its visits rises by, from first to last
  };
  std::string run{}, device{}, boundary{};
  int sentinels = 0, visits = 0;
  int runs = 1;  // of its campaign, itself among them
  Quantity energy{}, time{};
};

// One measurement of a sentinel.
struct SentinelVisit {
  int run = 0;                  // index into the runs
  int sentinel = 0;             // the same number for the same point
  double at_s = 0;              // on the clock of its run
  double energy = 0, time = 0;  // J and s per launch, above zero
};

// What a run's numbers are divided by. It is held beyond the first and the last visit.
struct ScaleLine {
  double log_mean = 0, log_rise = 0;  // zero where not applied
  double first_s = 0, middle_s = 0, last_s = 0;
  [[nodiscard]] double at(double at_s) const noexcept;
};

struct CampaignFit {
  std::vector<CampaignRun> runs{};  // in the order given
  std::vector<ScaleLine> energy{}, time{};
};

// Least squares of log value = sentinel + run + rise x time within the run. A rise is fitted in
// each run by itself; those that are applied are taken off before runs are compared. Where
// sentinels contradict each other beyond their scatter, an interval is widened to hold what each
// says alone. `runs` come with id, device and boundary; runs of different ones are never compared.
[[nodiscard]] CampaignFit fit_campaigns(std::vector<CampaignRun> runs,
                                        std::span<const SentinelVisit> visits);

}  // namespace ergon
