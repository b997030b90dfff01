#include "harness/submit/submit.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "bench/command.h"
#include "bench/submission_text.h"
#include "harness/config/frozen_sweep.h"
#include "harness/submit/shell_word.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Options {
  std::string sweep, site, folder;
  int shards = 0;
  bool dry_run = false, held = false;
};

// The name of a sweep becomes a folder where none is given, so it must be nothing else.
std::string folder_of(const Sweep& sweep) {
  if (is_plain(sweep.name, "_-.") && sweep.name.front() != '.') {
    return "results/" + sweep.name + ".campaign";
  }
  throw Error("submit: the name of this sweep, '" + sweep.name +
              "', makes no folder; give the campaign one with -o");
}

void execute(const Options& options) {
  const SubmitOptions how{
      .site = read_site(options.site), .shards = options.shards, .held = options.held};
  const Sweep sweep = read_sweep_for(options.sweep, how.site.cpus_per_task);
  const std::string folder = options.folder.empty() ? folder_of(sweep) : options.folder;
  const Plan plan = make_plan(sweep);
  if (plan.points.empty()) throw Error("submit: " + options.sweep + " has no points");
  if (options.dry_run) {
    const Campaign campaign = Campaign::preview(folder, sweep, options.sweep, plan);
    const SubmitPlan submission = plan_submission(campaign, {}, how, plan.visits());
    print_submission(campaign, submission);
    print_scripts(campaign, submission, {});
    fmt::print("\nnothing was handed over\n");
    return;
  }
  const Campaign campaign = Campaign::create(folder, sweep, options.sweep, plan);
  IntentJournal journal(campaign.folder());
  if (journal.intents().submissions.empty()) {
    const SubmitPlan submission = plan_submission(campaign, journal.intents(), how, plan.visits());
    print_submission(campaign, submission);
    begin_submission(campaign, journal, submission);
  } else {
    fmt::print("{} was submitted before; what of it was not handed over is now\n",
               campaign.folder().string());
    finish_submission(campaign, journal);
  }
  print_jobs(campaign, journal.intents());
}

void add(CLI::App& app, int&) {
  const auto options = std::make_shared<Options>();
  app.add_option("sweep", options->sweep, "the sweep, a YAML file")->required();
  app.add_option("--site", options->site, "a site profile (slurm/sites), or local")->required();
  app.add_option("-o,--output", options->folder,
                 "folder of the campaign (default: results/<sweep name>.campaign)");
  app.add_option("--shards", options->shards,
                 "parts to share the points out to (default: as the site's minutes_per_shard says)")
      ->check(CLI::Range(1, 10'000'000));
  app.add_flag("--dry-run", options->dry_run, "print the scripts and what they cost, submit none");
  app.add_flag("--held", options->held, "jobs wait until `ergon throttle --release`");
  app.callback([options] { execute(*options); });
}

}  // namespace

namespace command {

extern const Command submit{
    .name = "submit",
    .description = "send a sweep to a cluster, or to processes of this machine",
    .examples =
        "  ergon submit configs/quickstart.yaml --site local\n"
        "  ergon submit configs/gemm-bert.yaml --site slurm/sites/cpu.yaml --dry-run\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
