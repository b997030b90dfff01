#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "analysis/compare/contrast.h"
#include "analysis/compare/variation.h"
#include "analysis/energy_table.h"
#include "harness/record/results.h"

namespace ergon {

// The logarithm of one metric, and its variance from the scatter of its windows alone. NaN with
// freedom 0 where one window shows no scatter.
struct LogValue {
  double value = std::numeric_limits<double>::quiet_NaN();
  double variance = std::numeric_limits<double>::quiet_NaN();
  double freedom = 0;
};

// Shares in a point of errors that it has in common with others, by the name of the error: the
// state of the machine in a run, the gain of a sensor. One name is one error, on whatever side.
using Shares = std::map<std::string, double>;
using Texts = std::map<std::string, std::string>;

// One point of a side: what one launch costs under one set of conditions.
struct PointValue {
  Problem problem{};
  std::string kernel{};  // "gemm/avx512"
  std::string shape{};   // "m=128,n=768,k=768", then the options that are not the default
  // What must agree with the other side's: "kernel", "dtypes", "threads", "fill", "cold",
  // "weights", "ranks". For its joules: "boundary", "source" and "energy" (gross or net).
  Texts conditions{}, of_energy{};
  // Times of others are not compared with ours: "here", or "imported", "simulated".
  std::string timed{};
  std::string energy_reason{};  // why it has no joules; empty where it has
  PerMetric<LogValue> values{};
  Shares runs{}, gains{};
  double log_gain = 0;  // that calibrations put into its joules
  int visits = 0, windows = 0;
  bool extrapolated = false;  // of a table: outside the data of its fit
};

// All that a comparison takes from one input.
struct SideData {
  std::string name{};  // the file's
  bool is_table = false;
  std::vector<std::string> devices{};
  std::string source{};  // of its joules: "measured", "estimated", ...; "unmeasured" without
  EnergyKind energy = EnergyKind::gross;
  std::vector<PointValue> points{};
  std::map<std::string, double> gains{};     // standard uncertainty (k = 1) of each sensor's
  std::vector<std::string> gains_assumed{};  // the sensors of which nothing is stated
  // How much points vary beyond the scatter of their windows, of logarithms: from visit to visit of
  // a point within a run.
  PerMetric<Variation> visits{};
  // From run to run, of what points that all runs have share. Of power and time alone.
  PerMetric<Variation> runs{};
  std::string first_utc{}, last_utc{};    // starts of its runs; empty where not known
  std::map<std::string, int> left_out{};  // reason -> records
  std::vector<std::string> notes{};       // of the primary channels
  // What may explain a difference, with all values that its runs have: "compiler", "governor".
  std::map<std::string, std::vector<std::string>> facts{};
};

// The points of a result file that ran and were checked, those without joules among them, each run
// cleared of a drift that its sentinels show. `gain_default`: k = 1, of sensors that state none.
// Throws Error where no point is left.
[[nodiscard]] SideData side_of_results(const Results& results, std::string name, EnergyKind energy,
                                       double gain_default);

// "m=128,n=768,k=768", and behind them the options that are not the default: "mask=causal".
[[nodiscard]] std::string shape_text(const Problem& problem);

}  // namespace ergon
