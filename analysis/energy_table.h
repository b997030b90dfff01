#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "analysis/campaign_scale.h"
#include "analysis/correction.h"
#include "analysis/model_form.h"
#include "analysis/table_key.h"
#include "analysis/versions.h"

namespace ergon {

// With the idle share, or without: a table is all one or all the other.
enum class EnergyKind : std::uint8_t { gross, net };

inline constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

// A fitted number. It stands for every term in `terms`: more than one where the data cannot tell
// them apart; predictions multiply it by the quantity of `carrier` alone.
struct Coefficient {
  std::vector<std::string> terms{};  // {"flop"}; merged: {"flop", "byte"}
  std::string carrier{};             // "byte"
  std::string unit{};                // the carrier's: "pJ/byte"
  double value = 0;
  double standard_error = kAbsent;       // NaN, with the reason, where the data cannot carry it
  double low = kAbsent, high = kAbsent;  // 90 % interval
  std::string interval_reason{};
  bool at_bound = false;  // held at zero; its interval comes from a bootstrap
  bool shared = false;    // taken from the device block, not fitted in this row
  std::string note{};     // where merged: "flop and byte proportional, 0.67 flop/byte"
};

// A form as cross-validation saw it. Errors are relative, on shapes left out of the fit.
struct Candidate {
  std::string form{};
  int version = 0;
  bool corrected = false;  // with a correction of what the form leaves
  int coefficients = 0;    // fitted in the row, after merging; of a basis all it may pick from
  double error_mean = kAbsent, error_median = kAbsent, error_p95 = kAbsent;
  double standard_error = kAbsent;  // of the mean over shapes
  // Mean on the larger third of the shapes, by a fit to the smaller two; its standard error.
  double error_larger = kAbsent, standard_error_larger = kAbsent;
  bool chosen = false;
  std::string reason{};  // where there are no errors, why
};

// Relative half-width of the 90 % interval of a prediction, from shapes left out of the fit.
struct Conformal {
  double level = 0.9;
  double radius = kAbsent;
  // For predictions outside the hull: from a fit to the smaller problems that predicted the larger;
  // never less than `radius`.
  double radius_extrapolated = kAbsent;
  // Share of shapes held by a radius that came from other shapes.
  double coverage = kAbsent;
  int shapes = 0;
  std::string reason{};  // where there is no radius: "n too small: ..."
};

// A law fitted to the records of one key.
struct Law {
  const ModelForm* form = nullptr;
  std::vector<Coefficient> coefficients{};
  std::vector<double> covariance{};  // row-major, in the coefficients' units; empty with a reason
  std::string covariance_reason{};
  double condition_number = 1;           // of the fit as it stands
  double condition_number_unmerged = 1;  // of all terms apart; 1e8 stands for 1e8 and above
  double error_fit = kAbsent;            // root mean square relative residual of the fit
  int records = 0, shapes = 0;
  std::vector<Candidate> candidates{};
  Conformal conformal{};
  Correction correction{};  // without centres: none
};

struct Range {
  double low = 0, high = 0;
  [[nodiscard]] bool contains(double value) const { return value >= low && value <= high; }
};

// Where the data lies: a box in (flops, bytes, flops/byte, every axis), and the options seen.
struct Hull {
  struct Axis {
    std::string name{};
    Range range{};
  };
  struct Option {
    std::string name{};
    std::vector<std::string> values{};
  };
  Range flops{}, bytes{}, intensity{};  // intensity: flops/byte; {0, 0} where there are no bytes
  std::vector<Axis> axes{};
  std::vector<Option> options{};
};

// A way in which launches spend their time, and the records that a row has of it: without one, what
// is predicted there is extrapolated, wherever the hull lies. regime.h tells a problem's.
struct Regime {
  std::string name{};    // "launch-bound", "small-M", "cache-resident", "memory-bound"
  std::string where{};   // "m of 8 or less"
  int records = 0;       // -1: not known
  std::string reason{};  // why not
};

// Coefficients that every kernel on a device shares, from the probe kernels.
struct DeviceBlock {
  struct Entry {
    Coefficient coefficient{};
    std::string kernel{};  // probe: "copy/avx512"; empty for W static
    std::string dtypes{}, fill{};
    std::string level{};  // "L1", "L2", "L3", "memory"; empty where it has none
  };
  std::string device{}, boundary{};
  Source source = Source::measured;
  int threads = 1;
  std::vector<Entry> entries{};
  std::vector<double> covariance{};  // row-major over the entries; empty with a reason
  std::string covariance_reason{};
  double condition_number = 1;
  double error_fit = kAbsent;
  int records = 0;
  std::vector<std::string> left_out{};  // probe records that could not be used, and why
  // Index of W static among the entries; -1 where the probes cannot tell it apart.
  int static_entry = -1;
};

// Where the records came from.
struct TableRun {
  std::string id{}, sweep{}, device{}, started_utc{}, protocol{}, build_hash{}, kernels_hash{};
  Versions versions{};  // of what it was measured under: kernel, driver, microcode
  auto operator<=>(const TableRun&) const = default;
};

// The product: joules of each primitive on each machine.
struct EnergyTable {
  struct Row {
    TableKey key{};
    Law energy{}, time{};
    Hull hull{};
    Machine machine{};
    std::vector<Regime> regimes{};
    int device = -1;  // index into devices; -1: no probes
    // Row-major, energy coefficients x entries of the device block; empty where nothing is shared.
    std::vector<double> cross_covariance{};
  };
  EnergyKind energy = EnergyKind::gross;
  Source source = Source::measured;
  std::vector<std::string> notes{};  // what a reader must know of the meter: its power model
  std::vector<DeviceBlock> devices{};
  std::vector<Row> rows{};
  std::vector<TableRun> runs{};
  std::vector<CampaignRun> campaigns{};
  int records = 0;             // records used, duplicates counted once
  std::string records_hash{};  // SHA-256 of the point keys, run ids, seconds and joules used
};

// The row of exactly this key; throws Error that names the field which differs and lists the
// values that the table has.
[[nodiscard]] const EnergyTable::Row& find_row(const EnergyTable&, const TableKey&);

// The only row with these values of these fields (texts of table_key_field). Throws the same Error,
// and one that names a field not given for which more than one value is left.
[[nodiscard]] const EnergyTable::Row& find_row(const EnergyTable&,
                                               const std::map<std::string, std::string>& fields);

[[nodiscard]] std::string_view energy_kind_name(EnergyKind);

}  // namespace ergon
