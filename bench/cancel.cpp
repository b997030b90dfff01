#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/campaign_command.h"
#include "harness/submit/campaign.h"
#include "harness/submit/live_jobs.h"
#include "harness/submit/submit.h"
#include "kernels/error.h"

namespace ergon {
namespace {

int execute(const std::string& folder) {
  const Campaign campaign(folder);
  IntentJournal journal(campaign.folder());
  std::string complaints;
  int cancelled = 0;
  for (const LiveJobs& live : live_jobs(journal.intents())) {
    const std::string why = live.scheduler->cancel(live.jobs);
    if (!why.empty()) complaints += (complaints.empty() ? "" : "; ") + why;
    cancelled += static_cast<int>(live.jobs.size());
  }
  if (!complaints.empty()) throw Error("cancel: " + complaints);
  withdraw(campaign, journal);
  fmt::print(
      "{} jobs of this campaign cancelled; what they measured is kept: `ergon resume {}` "
      "goes on\n",
      cancelled, campaign.folder().string());
  return 0;
}

void add(CLI::App& app, int& exit_code) { add_campaign_command(app, exit_code, execute); }

}  // namespace

namespace command {

extern const Command cancel{
    .name = "cancel",
    .description = "end the jobs of a campaign, and no others",
    .examples = "  ergon cancel results/quickstart.campaign\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
