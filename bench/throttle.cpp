#include <memory>
#include <string>

#include <fmt/format.h>

#include "bench/command.h"
#include "harness/submit/campaign.h"
#include "harness/submit/live_jobs.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Options {
  std::string folder;
  int at_once = 0;
  bool hold = false, release = false;
};

int execute(const Options& options) {
  if (static_cast<int>(options.at_once > 0) + options.hold + options.release != 1) {
    throw Error("throttle: expected one of --at-once N, --hold and --release");
  }
  const Campaign campaign(options.folder);
  for (const LiveJobs& live : live_jobs(read_intents(campaign.folder()))) {
    const std::string why = options.at_once > 0
                                ? live.scheduler->throttle(live.arrays, options.at_once)
                                : live.scheduler->hold(live.arrays, options.release);
    if (!why.empty()) throw Error("throttle: " + why);
    fmt::print("{}: {} arrays\n", live.scheduler->name, live.arrays.size());
  }
  return 0;
}

void add(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  app.add_option("campaign", options->folder, "the folder of the campaign")->required();
  app.add_option("--at-once", options->at_once, "shards of an array that may run at a time")
      ->check(CLI::Range(1, 10'000'000));
  app.add_flag("--hold", options->hold, "begin no more shards");
  app.add_flag("--release", options->release, "begin them again");
  app.callback([options, &exit_code] { exit_code = execute(*options); });
}

}  // namespace

namespace command {

extern const Command throttle{
    .name = "throttle",
    .description = "say how many shards of a campaign may run at a time, while they run",
    .examples =
        "  ergon throttle results/quickstart.campaign --at-once 8\n"
        "  ergon throttle results/quickstart.campaign --hold\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
