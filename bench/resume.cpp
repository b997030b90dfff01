#include "harness/submit/resume.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "bench/command.h"
#include "bench/submission_text.h"
#include "harness/submit/attempt.h"
#include "harness/submit/live_jobs.h"
#include "harness/submit/submit.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Options {
  std::string folder, site;
  int shards = 0;
  bool dry_run = false, held = false;
  ResumeOptions resume;
};

void print_remainder(const Remainder& rest) {
  fmt::print("{} points done, {} with shards that run or wait", points_text(rest.done),
             points_text(rest.live));
  for (const auto& [state, shards] : rest.causes) {
    fmt::print(", {} shards lost: {}", shards, state);
  }
  fmt::print("\n");
  const auto left_out = [](std::int64_t count, const char* why) {
    if (count > 0) fmt::print("left out: {} points, {}\n", points_text(count), why);
  };
  left_out(rest.wrong, "whose output was wrong");
  left_out(rest.failed, "which failed as often as the site allows");
  left_out(rest.given_up, "which ended their task too often; --given-up tries them again");
  left_out(rest.stale, "measured with other kernel sources; --stale measures them anew");
  for (const std::string& node : rest.exclude) {
    fmt::print("node {} has lost too many tasks, and gets no more\n", node);
  }
}

Site site_for(const Options& options, const Intents& intents) {
  if (!options.site.empty()) return read_site(options.site);
  if (!intents.submissions.empty()) {
    return parse_site(intents.submissions.back().site_text, "the site of the last submission");
  }
  throw Error("resume: " + options.folder + " was never submitted; give a --site");
}

int execute(const Options& options) {
  const Campaign campaign(options.folder);
  IntentJournal journal(campaign.folder());
  const SubmitOptions how{
      .site = site_for(options, journal.intents()), .shards = options.shards, .held = options.held};
  // What was to be handed over and is not comes first: only then is it known what nobody has.
  if (!options.dry_run) finish_submission(campaign, journal);
  const Queue queue = ask_schedulers(journal.intents());
  if (!queue.answered) {
    throw Error("resume: " + queue.why_not +
                "; without its answer no shard counts as lost; run this again when it answers");
  }
  const int released = options.dry_run ? 0 : release_requeued(journal.intents(), queue);
  if (released > 0)
    fmt::print("{} tasks released that were held after a failed launch\n", released);
  auto states = shard_states(journal.intents(), read_attempts(campaign.folder()), queue);
  name_causes(journal.intents(), states);
  const Remainder rest = remainder(campaign, journal.intents(), states, how.site, options.resume);
  print_remainder(rest);
  if (rest.visits.empty()) {
    fmt::print("nothing is left to submit\n");
    return rest.wrong + rest.failed + rest.given_up + rest.stale > 0 ? 1 : 0;
  }
  SubmitPlan plan = plan_submission(campaign, journal.intents(), how, rest.visits);
  plan.submission.exclude = rest.exclude;
  print_submission(campaign, plan);
  if (options.dry_run) {
    print_scripts(campaign, plan, journal.intents());
    fmt::print("\nnothing was handed over\n");
    return 0;
  }
  for (const EndedShard& shard : rest.ended) journal.add(shard);
  begin_submission(campaign, journal, plan);
  print_jobs(campaign, journal.intents());
  return 0;
}

void add(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  app.add_option("campaign", options->folder, "the folder of the campaign")->required();
  app.add_option("--site", options->site, "another site than before");
  app.add_option("--shards", options->shards, "parts to share out what is left to")
      ->check(CLI::Range(1, 10'000'000));
  app.add_flag("--dry-run", options->dry_run, "print what would be submitted, submit nothing");
  app.add_flag("--held", options->held, "jobs wait until `ergon throttle --release`");
  app.add_flag("--stale", options->resume.stale,
               "measure points again that other kernel sources were measured for");
  app.add_flag("--given-up", options->resume.given_up,
               "try points again that ended their task too often");
  app.callback([options, &exit_code] { exit_code = execute(*options); });
}

}  // namespace

namespace command {

extern const Command resume{
    .name = "resume",
    .description = "run what of a campaign is missing, and nothing else",
    .examples =
        "  ergon resume results/quickstart.campaign\n"
        "  ergon resume results/quickstart.campaign --site slurm/sites/other.yaml --shards 8\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
