#include "tests/harness/submit/made_campaign.h"

#include "harness/record/provenance.h"
#include "harness/submit/attempt.h"

namespace ergon {
namespace {

Sweep made_sweep(int points) {
  return parse_sweep(
      "name: made\nprotocol: quick\nmeters: [simulated]\ngroups:\n"
      "  - {kernels: gemm/reference, threads: 1, axes: {m: {range: [1, " +
          std::to_string(points) + "], step: 1}, n: 8, k: 8}}\n",
      "made.yaml");
}

}  // namespace

MadeCampaign::MadeCampaign(const std::filesystem::path& folder, int points, int shards)
    : campaign_(
          Campaign::create(folder, made_sweep(points), "made.yaml", make_plan(made_sweep(points)))),
      plan_(campaign_.plan()) {
  Submission submission;
  submission.scheduler = "slurm";
  submission.site_text = "scheduler: slurm\n";
  submission.kernels_hash = kernels_hash();
  submission.shards = shards;
  submission.visits = points;
  write_whole(campaign_.work_file(0), work_text(plan_.visits()));
  IntentJournal journal(campaign_.folder());
  journal.add(submission);
  journal.add(IntendedJob{.tag = "t",
                          .submission = 0,
                          .first = 0,
                          .tasks = shards,
                          .fate = IntendedJob::Fate::accepted,
                          .job = "1",
                          .why = ""});
}

Results MadeCampaign::results(const std::string& run, const std::vector<int>& points,
                              RunStatus status) const {
  Results made;
  RunInfo info;
  info.id = run;
  info.sweep_name = "made";
  info.protocol = campaign_.manifest().protocol;
  info.kernels_hash = kernels_hash();
  info.anchor_utc_ns = static_cast<std::int64_t>(std::hash<std::string>()(run) % 1000);
  info.provenance = "{}";
  made.runs.push_back(info);
  for (const int point : points) {
    Record record;
    record.point = plan_.points[static_cast<std::size_t>(point)];
    record.order = std::ssize(made.records);
    record.run_status = status;
    made.records.push_back(record);
  }
  return made;
}

int MadeCampaign::measure(int shard, const Results& results) const {
  const Attempt attempt = claim_attempt(campaign_.folder(), shard);
  write_results(shard_file(campaign_.folder(), shard, attempt.number), results);
  return attempt.number;
}

}  // namespace ergon
