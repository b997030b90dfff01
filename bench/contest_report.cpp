#include "bench/contest_report.h"

#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "bench/contest_target.h"

namespace ergon {
namespace {

struct Row {
  const Contest* contest;
  ContestResult result;
  ContestClass of;
  std::string verdict;
};

std::vector<Row> make_rows(const Comparison& comparison) {
  std::vector<Row> rows;
  for (const Contest& contest : comparison.contests) {
    Row row{&contest, result_of(contest), class_of(contest.condition()), ""};
    if (comparison.random) row.of.target = kRandomTarget;
    row.verdict = verdict(row.result, row.of.target);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string ratio_text(const Ratio& ratio) {
  if (std::isnan(ratio.value)) return "-";
  if (std::isnan(ratio.low)) return fmt::format("{:.2f}", ratio.value);
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", ratio.value, ratio.low, ratio.high);
}

std::string percent_text(const Ratio& ratio) {
  if (std::isnan(ratio.value)) return "-";
  if (std::isnan(ratio.low)) return fmt::format("{:.0f} %", 100 * ratio.value);
  return fmt::format("{:.0f} % [{:.0f}, {:.0f}]", 100 * ratio.value, 100 * ratio.low,
                     100 * ratio.high);
}

std::string rate_text(const Contender* contender, double rate, bool bytes) {
  if (contender == nullptr) return "-";
  return fmt::format("{} {:.4g} {}", contender->point.kernel->name, rate * 1e-9,
                     bytes ? "GB/s" : "GFLOP/s");
}

std::string target_text(const Target& target) {
  std::string text = target.ratio > 0 ? fmt::format("{:.2f}", target.ratio) : "";
  if (target.of_ceiling > 0) text += fmt::format(", {:.0f} %", 100 * target.of_ceiling);
  return text;
}

std::string row_text(const Row& row) {
  const Point& condition = row.contest->condition();
  const ContestResult& result = row.result;
  const bool bytes = row.contest->is_of_bytes();
  return fmt::format("| {} | {} | {} | {} | {}{} | {} | {} | {} |\n", contest_name(condition),
                     condition.threads, rate_text(result.ours, result.rate, bytes),
                     rate_text(result.peer, result.peer_rate, bytes), ratio_text(result.ratio),
                     result.few_clean ? " *" : "", percent_text(result.of_ceiling),
                     target_text(row.of.target), row.verdict);
}

std::string table_text(const std::vector<const Row*>& rows) {
  std::string text =
      "| contest | threads | ours | best peer | ratio [95 %] | of ceiling | must | |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const Row* row : rows) text += row_text(*row);
  return text;
}

// Passes although the estimate itself is short of what is asked.
bool passes_by_noise(const Row& row) {
  const auto under = [](const Ratio& ratio, double least) { return ratio.value < least; };
  return row.verdict == "pass" && (under(row.result.ratio, row.of.target.ratio) ||
                                   under(row.result.of_ceiling, row.of.target.of_ceiling));
}

std::string rows_text(const std::vector<Row>& rows, bool is_random) {
  std::vector<const Row*> all, missed;
  int judged = 0, marked = 0, by_noise = 0;
  for (const Row& row : rows) {
    all.push_back(&row);
    if (row.verdict == "short") missed.push_back(&row);
    judged += row.verdict.empty() ? 0 : 1;
    marked += row.result.few_clean ? 1 : 0;
    by_noise += passes_by_noise(row) ? 1 : 0;
  }
  std::string text = fmt::format(
      "{} contests, {} judged, {} short; {} pass by the upper end of an interval alone; {} marked "
      "*\n",
      rows.size(), judged, missed.size(), by_noise, marked);
  if (is_random) {
    text += fmt::format("shapes drawn at random: each must reach {:.2f}\n", kRandomTarget.ratio);
  }
  if (!missed.empty()) text += "\n## Short\n\n" + table_text(missed);
  return text + "\n## All\n\n" + table_text(all);
}

// Means of contests under one name, by threads.
struct Means {
  std::vector<Ratio> ratios;
  Target target;
  double least = INFINITY;
};

std::string means_text(const std::vector<Row>& rows, int blocks, bool is_random) {
  std::map<std::pair<std::string, int>, Means> means;
  const auto add = [&](const std::string& name, const Row& row, const Target& target) {
    Means& of = means[{name, row.contest->condition().threads}];
    of.ratios.push_back(row.result.ratio);
    of.target = target;
    of.least = std::min(of.least, row.result.ratio.value);
  };
  for (const Row& row : rows) {
    if (std::isnan(row.result.ratio.low)) continue;
    const Point& condition = row.contest->condition();
    const std::string all = fmt::format("{}, all {}", condition.problem.primitive->name,
                                        condition.weights_packed ? "packed" : "plain");
    add(row.of.name, row, row.of.target);
    add(all, row, {});
  }
  if (means.empty()) return "";
  std::string text =
      "\n## Geometric means of ratios\n\n"
      "| class | threads | contests | mean [95 %] | least | must | "
      "|\n|---|---|---|---|---|---|---|\n";
  for (const auto& [key, of] : means) {
    const Ratio mean = mean_ratio(of.ratios, blocks);
    const double must = is_random ? 0 : of.target.mean;
    text += fmt::format("| {} | {} | {} | {} | {:.2f} | {} | {} |\n", key.first, key.second,
                        of.ratios.size(), ratio_text(mean), of.least,
                        must > 0 ? fmt::format("{:.2f}", must) : "", verdict(mean, must));
  }
  return text;
}

std::string wrong_text(const Comparison& comparison) {
  std::string text;
  for (const Contender* contender : wrong_contenders(comparison)) {
    text += fmt::format("- {}, {}, {} threads: {}\n", kernel_id(*contender->point.kernel),
                        contest_name(contender->point), contender->point.threads,
                        contender->check.worst);
  }
  return text.empty() ? "" : "\n## Wrong results\n\n" + text;
}

std::string refusals_text(const Comparison& comparison) {
  std::map<std::string, int> refusals;
  for (const Contest& contest : comparison.contests) {
    for (const Contender& contender : contest.contenders) {
      if (contender.refusal.empty()) continue;
      ++refusals[fmt::format("{}: {}", kernel_id(*contender.point.kernel), contender.refusal)];
    }
  }
  std::string text;
  for (const auto& [reason, count] : refusals) {
    text += fmt::format("- {} ({} contests)\n", reason, count);
  }
  return text.empty() ? "" : "\n## Did not take part\n\n" + text;
}

std::string provenance_text(const Comparison& comparison) {
  std::string versions;
  for (const std::string& version : peer_versions(comparison)) {
    versions += (versions.empty() ? "" : ", ") + version;
  }
  return fmt::format(
      "\n## Where and how\n\n"
      "- {}, {}\n- peers: {}\n- build: {}\n- load of the machine, before: {}; after: {}\n"
      "- `{}`\n- {} blocks, each a pass over all contests; within one the contenders and the "
      "ceiling in random order on the same operands; subnormals flushed for all\n"
      "- ratio: time of the best peer by ours, above 1 ours is faster; geometric mean over blocks "
      "with Student's 95 % interval, whose upper end is judged\n"
      "- ceiling: the fma probe; below 8 FLOPs a byte a copy of as many bytes, half read and half "
      "written\n"
      "- a block's time is the median of the samples without an involuntary context switch; *: a "
      "contender has fewer than {} of those in all, so that the shortest sample of each block "
      "counts\n",
      comparison.device, comparison.started_utc, versions.empty() ? "none" : versions,
      comparison.build, comparison.load_before, comparison.load_after, comparison.command_line,
      comparison.blocks, kCleanSamplesMin);
}

}  // namespace

std::string report_text(const Comparison& comparison) {
  const std::vector<Row> rows = make_rows(comparison);
  return "# Speed against libraries\n\n" + rows_text(rows, comparison.random) +
         means_text(rows, comparison.blocks, comparison.random) + wrong_text(comparison) +
         refusals_text(comparison) + provenance_text(comparison);
}

}  // namespace ergon
