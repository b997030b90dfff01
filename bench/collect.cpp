#include "harness/submit/collect.h"

#include <string>

#include <fmt/format.h>

#include "bench/campaign_command.h"

namespace ergon {
namespace {

void print_gaps(const Campaign& campaign, const CollectSummary& summary) {
  for (const std::string& error : summary.unreadable) fmt::print("not read: {}\n", error);
  if (summary.missing == 0) return;
  fmt::print("missing: {} points", points_text(summary.missing));
  if (summary.stale > 0) {
    fmt::print(", {} of them measured with other kernel sources or another protocol",
               points_text(summary.stale));
  }
  fmt::print("\n");
  for (const std::string& key : summary.missing_examples) fmt::print("  {}\n", key);
  if (summary.missing > std::ssize(summary.missing_examples)) fmt::print("  ...\n");
  fmt::print("`ergon resume {}` runs what is missing\n", campaign.folder().string());
}

void print_accounted(const StepCheck& accounted) {
  if (accounted.runs == 0) return;
  fmt::print("the scheduler's accounting has energies of {} runs (column slurm_energy_j of /runs)",
             accounted.runs);
  if (accounted.compared > 0) {
    fmt::print(": {:.3f} to {:.3f} times what {} of them metered of their nodes",
               accounted.ratio_least, accounted.ratio_most, accounted.compared);
  }
  fmt::print("\n");
}

int execute(const std::string& folder) {
  const Campaign campaign(folder);
  const CollectSummary summary = collect(campaign);
  if (summary.files == 0) {
    fmt::print("no shard has measured anything yet\n");
  } else {
    fmt::print("{}: {} of {} points from {} files: {} ok, {} refused, {} failed\n",
               campaign.result_file().string(), points_text(summary.visits - summary.missing),
               points_text(summary.visits), summary.files, summary.ok, summary.refused,
               summary.failed);
  }
  if (summary.duplicates > 0) {
    fmt::print("{}: {} executions of points that others stand for\n",
               campaign.duplicates_file().string(), points_text(summary.duplicates));
  }
  print_accounted(summary.accounted);
  print_gaps(campaign, summary);
  return summary.complete() ? 0 : 1;
}

void add(CLI::App& app, int& exit_code) { add_campaign_command(app, exit_code, execute); }

}  // namespace

namespace command {

extern const Command collect{
    .name = "collect",
    .description = "merge what the shards of a campaign have measured so far",
    .examples = "  ergon collect results/quickstart.campaign\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
