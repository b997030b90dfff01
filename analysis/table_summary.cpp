#include "analysis/table_summary.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace ergon {

namespace {

// Where a joule is not measured its unit says so.
std::string mark(const EnergyTable& table, Target target) {
  if (table.source == Source::measured || target == Target::time) return "";
  return fmt::format(" ({})", source_name(table.source));
}

std::string percent(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.3g} %", 100 * share);
}

// "J/flop + J/byte merged" and "W static".
std::string name_of(const Coefficient& coefficient, Target target) {
  const std::string_view unit = target == Target::energy ? "J" : "s";
  std::string name;
  for (const std::string& term : coefficient.terms) {
    if (!name.empty()) name += " + ";
    name += term == "static" ? "W static" : fmt::format("{}/{}", unit, term);
  }
  return coefficient.terms.size() > 1 ? name + " merged" : name;
}

std::string value_of(const Coefficient& coefficient, const std::string& marked) {
  std::string text = fmt::format("{:.4g} {}{}", coefficient.value, coefficient.unit, marked);
  if (std::isnan(coefficient.low)) {
    text += fmt::format(", no interval: {}", coefficient.interval_reason);
  } else {
    text += fmt::format(" [{:.4g}, {:.4g}]", coefficient.low, coefficient.high);
  }
  if (coefficient.at_bound) text += ", at its bound";
  if (coefficient.shared) text += ", from the probes";
  if (!coefficient.note.empty()) text += fmt::format(": {}", coefficient.note);
  return text;
}

std::string entry_line(const EnergyTable& table, const DeviceBlock::Entry& entry) {
  std::string what = name_of(entry.coefficient, Target::energy);
  if (!entry.kernel.empty()) what += fmt::format(" of {}", entry.kernel);
  if (!entry.level.empty()) what += fmt::format(" in {}", entry.level);
  return fmt::format("  {:<34} {}\n", what,
                     value_of(entry.coefficient, mark(table, Target::energy)));
}

// A GPU has none of its own.
std::string threads_text(int threads) {
  return threads == 0 ? "" : fmt::format("{} thread{}, ", threads, threads == 1 ? "" : "s");
}

std::string device_text(const EnergyTable& table, const DeviceBlock& block) {
  std::string text =
      fmt::format("{}, {}{}: probes, {} records, condition number {:.3g}, residual {}\n",
                  block.device, threads_text(block.threads), block.boundary, block.records,
                  block.condition_number, percent(block.error_fit));
  for (const DeviceBlock::Entry& entry : block.entries) text += entry_line(table, entry);
  for (const std::string& left_out : block.left_out) {
    text += fmt::format("  left out: {}\n", left_out);
  }
  return text + "\n";
}

// Mean error of every form on shapes left out, the chosen one first: what FLOPs alone would give
// stands beside it.
std::string candidates_text(const Law& law) {
  std::vector<const Candidate*> candidates;
  for (const Candidate& candidate : law.candidates) candidates.push_back(&candidate);
  std::stable_partition(candidates.begin(), candidates.end(),
                        [](const Candidate* candidate) { return candidate->chosen; });
  std::string text;
  for (const Candidate* candidate : candidates) {
    const bool known = !std::isnan(candidate->error_mean);
    text += fmt::format("{}{}{} {}", text.empty() ? "" : "; ", candidate->form,
                        candidate->corrected ? " corrected" : "",
                        known ? percent(candidate->error_mean) : candidate->reason);
    if (known && candidate->chosen) {
      text += fmt::format(" (chosen; median {}, p95 {}; larger shapes {})",
                          percent(candidate->error_median), percent(candidate->error_p95),
                          percent(candidate->error_larger));
    }
  }
  return text;
}

// "+-5 % of a prediction, from 36 shapes left out; held 91 % of other shapes; +-9 % outside".
std::string interval_text(const Conformal& conformal) {
  std::string text = conformal.reason;
  if (!std::isnan(conformal.radius)) {
    text = fmt::format("+-{} of a prediction, from {} shapes left out", percent(conformal.radius),
                       conformal.shapes);
    if (!std::isnan(conformal.coverage)) {
      text += fmt::format("; held {} of other shapes", percent(conformal.coverage));
    }
    if (!std::isnan(conformal.radius_extrapolated)) {
      text += fmt::format("; +-{} outside the data", percent(conformal.radius_extrapolated));
    }
  }
  return fmt::format("    90 % interval              {}\n", text);
}

// Whether counting gates beats counting FLOPs here; empty where the two were not compared.
std::string transistors_text(const Law& law) {
  const auto error_of = [&](std::string_view form) {
    const auto found = std::ranges::find(law.candidates, form, &Candidate::form);
    return found == law.candidates.end() ? kAbsent : found->error_mean;
  };
  const double gates = error_of("static_transistors_bytes"), flops = error_of("static_flops_bytes");
  if (std::isnan(gates) || std::isnan(flops)) return "";
  const bool kept = law.form->name == "static_transistors_bytes";
  return fmt::format("    transistor operations      {} against {} by FLOPs: {}\n", percent(gates),
                     percent(flops), kept ? "kept" : "not kept");
}

std::string law_text(const EnergyTable& table, const Law& law) {
  const bool energy = law.form->target == Target::energy;
  std::string text = fmt::format("  {}: {}, condition number {:.3g}", energy ? "energy" : "time",
                                 law.form->name, law.condition_number);
  if (law.condition_number_unmerged > law.condition_number) {
    text += fmt::format(" ({:.3g} before merging)", law.condition_number_unmerged);
  }
  text +=
      law.form->basis ? ", a basis: together its terms predict, apart they mean little\n" : "\n";
  const std::string marked = mark(table, law.form->target);
  for (const Coefficient& coefficient : law.coefficients) {
    text += fmt::format(
        "    {:<26} {}\n", name_of(coefficient, law.form->target),
        law.form->basis ? fmt::format("{:.4g} {}{}", coefficient.value, coefficient.unit, marked)
                        : value_of(coefficient, marked));
  }
  if (!law.candidates.empty()) {
    text += fmt::format("    error on shapes left out   {}\n", candidates_text(law));
    if (energy) text += transistors_text(law);
  }
  if (!law.correction.empty()) {
    text += fmt::format("    correction inside the hull {} bumps of {:g} octaves, within {}\n",
                        law.correction.weights.size(), law.correction.length,
                        percent(std::exp(law.correction.bound) - 1));
  }
  return text + interval_text(law.conformal);
}

std::string shift_text(std::string_view name, const Shift& shift, bool share) {
  if (std::isnan(shift.value)) return fmt::format("{}: {}", name, shift.reason);
  const auto number = [&](double value) {
    return share ? fmt::format("{:+.2f} %", 100 * value) : fmt::format("{:.4f}", value);
  };
  std::string text = fmt::format("{} {}", name, number(shift.value));
  if (!std::isnan(shift.low)) {
    text += fmt::format(" [{}, {}]", number(shift.low), number(shift.high));
  }
  return text + fmt::format(", {}: {}", shift.applied ? "applied" : "not applied", shift.reason);
}

// What the sentinels tell of each run. Runs without any are counted: imported files are many.
std::string campaigns_text(const std::vector<CampaignRun>& campaigns) {
  std::string text;
  std::size_t without = 0;
  for (const CampaignRun& run : campaigns) {
    without += run.sentinels == 0;
    if (run.sentinels == 0) continue;
    text +=
        fmt::format("run {} ({}, {}): {} sentinel{}, {} visits, in a campaign of {} run{}\n",
                    run.run, run.device, run.boundary, run.sentinels, run.sentinels == 1 ? "" : "s",
                    run.visits, run.runs, run.runs == 1 ? "" : "s");
    for (const auto& [name, quantity] :
         {std::pair{"energy", &run.energy}, std::pair{"time", &run.time}}) {
      text += fmt::format("  {:<7} {}; {}\n", name, shift_text("scale", quantity->scale, false),
                          shift_text("drift", quantity->drift, true));
    }
  }
  if (without > 0) {
    text += fmt::format("{} run{} without sentinels, left as measured\n", without,
                        without == 1 ? "" : "s");
  }
  return text.empty() ? text : text + "\n";
}

// Regimes without a record, and those that cannot be told; empty where there are none.
std::string regimes_text(const EnergyTable::Row& row) {
  std::string text;
  for (const Regime& regime : row.regimes) {
    if (regime.records == 0) {
      text += fmt::format("  no record is {} ({}): predictions there are extrapolations\n",
                          regime.name, regime.where);
    } else if (regime.records < 0) {
      text +=
          fmt::format("  whether records are {} is not known: {}\n", regime.name, regime.reason);
    }
  }
  return text;
}

// With fewer shapes than cross-validation needs a law says nothing that its records do not.
constexpr int kShapesToShow = 3;

}  // namespace

std::string source_warning(const EnergyTable& table) {
  if (table.source == Source::measured) return "";
  std::string text;
  switch (table.source) {
    case Source::measured:
      break;
    case Source::estimated:
      text =
          "every joule here is an estimate of a power model and no measurement: the fit shows "
          "agreement with the estimator, not accuracy";
      break;
    case Source::simulated:
      text = "every joule here is simulated: the fit shows agreement with the simulation";
      break;
    case Source::imported:
      text = "every joule here is imported: measured by others, in their way";
      break;
  }
  for (const std::string& note : table.notes) text += fmt::format("\n  {}", note);
  return text + "\n";
}

std::string table_summary(const EnergyTable& table) {
  std::string text =
      fmt::format("{} energy, {}, {} records, {} runs\n", energy_kind_name(table.energy),
                  source_name(table.source), table.records, table.runs.size());
  text += source_warning(table) + "\n";
  text += campaigns_text(table.campaigns);
  for (const DeviceBlock& block : table.devices) text += device_text(table, block);
  std::string few;
  for (const EnergyTable::Row& row : table.rows) {
    const int shapes = row.energy.shapes;
    if (shapes < kShapesToShow) {
      few += fmt::format("  {}: {} shape{}\n", describe(row.key), shapes, shapes == 1 ? "" : "s");
      continue;
    }
    text += fmt::format("{} ({}, {}; {} records of {} shapes)\n", describe(row.key), row.key.device,
                        row.key.boundary, row.energy.records, shapes);
    text += law_text(table, row.energy) + law_text(table, row.time) + regimes_text(row) + "\n";
  }
  if (!few.empty()) {
    text += fmt::format(
        "too few shapes to judge a law by ({} needed); in the table all the same:\n{}\n",
        kShapesToShow, few);
  }
  return text + "intervals are 90 %, without the meter's gain\n";
}

}  // namespace ergon
