#include <cmath>
#include <string>

#include <fmt/format.h>

#include "bench/campaign_command.h"
#include "bench/duration.h"
#include "harness/config/plan.h"
#include "harness/submit/campaign_status.h"

namespace ergon {
namespace {

void print_energy(const CampaignStatus& status) {
  if (!std::isfinite(status.energy.value)) {
    fmt::print("energy: no meter so far\n");
  } else if (status.mixed) {
    fmt::print("energy: of several kinds, which do not add\n");
  } else {
    fmt::print("energy: {:.4g} J {} so far\n", status.energy.value,
               status_name(status.energy_status));
  }
}

void print_points(const CampaignStatus& status) {
  fmt::print("{}/{} points done", points_text(status.done), points_text(status.total));
  const auto part = [](std::int64_t count, const char* what) {
    if (count > 0) fmt::print(", {} {}", points_text(count), what);
  };
  part(status.failed, "failed");
  part(status.running, "in shards that run");
  part(status.waiting, "waiting");
  part(status.lost, "lost");
  part(status.unknown, "not known of");
  if (status.rate > 0) {
    fmt::print(", {:.3g}/s, {} left", status.rate, duration_text(status.left));
  }
  fmt::print("\n");
  for (const auto& [reason, points] : status.reasons) {
    fmt::print("waiting: {} points: {}\n", points_text(points), reason);
  }
  if (!status.answered) fmt::print("{}\n", status.why_not);
}

void print_lost(const Campaign& campaign, const CampaignStatus& status) {
  constexpr std::size_t kShown = 5;
  for (const LostShard& shard : lost_shards(campaign, status, kShown)) {
    fmt::print("shard {} lost: {}", shard.state.shard, shard.state.state);
    if (!shard.state.node.empty()) fmt::print(" on {}", shard.state.node);
    fmt::print(", {} of {} points done", shard.state.done, shard.state.visits);
    if (!shard.state.reason.empty()) fmt::print(": {}", shard.state.reason);
    fmt::print("\n");
    if (!shard.point.empty()) fmt::print("  it was at {}\n", shard.point);
    for (const std::string& line : shard.log) fmt::print("  | {}\n", line);
    if (!shard.log.empty()) fmt::print("  {}\n", shard.log_file);
  }
  if (status.lost > 0) {
    fmt::print("`ergon resume {}` runs what is lost\n", campaign.folder().string());
  }
}

int execute(const std::string& folder) {
  const Campaign campaign(folder);
  const CampaignStatus status = campaign_status(campaign);
  fmt::print("{} ({})\n", campaign.manifest().name, campaign.folder().string());
  print_points(status);
  print_energy(status);
  print_lost(campaign, status);
  return status.lost > 0 ? 1 : 0;
}

void add(CLI::App& app, int& exit_code) { add_campaign_command(app, exit_code, execute); }

}  // namespace

namespace command {

extern const Command status{
    .name = "status",
    .description = "points done, failed and waiting of a campaign, time left, joules so far",
    .examples = "  ergon status results/quickstart.campaign\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
