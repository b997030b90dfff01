#include "harness/submit/submit.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "harness/clock.h"
#include "harness/record/results.h"
#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

// Campaigns by the local scheduler: the whole life of one, with the real program.
class LocalCampaign : public testing::Test {
 protected:
  // Shards of this machine take turns by a lock in the temporary folder: this test's own.
  LocalCampaign() { setenv("TMPDIR", temporary.path().c_str(), 1); }
  ~LocalCampaign() override {
    if (fs::exists(campaign / "manifest.json")) (void)ergon("cancel " + campaign.string());
    unsetenv("TMPDIR");
  }

  void write(int points, double window_s, const std::string& name = "made") const {
    std::ofstream(sweep) << "name: " << nlohmann::json(name).dump()
                         << "\nprotocol: {preset: quick, half_width_max: 1, window_min_s: "
                         << window_s
                         << ",\n  windows_min: 2, windows_max: 2, window_updates_min: 1,\n"
                            "  settle_max_s: 0, settle_min_s: 0, idle_s: 0.01, time_max_s: 0.01,\n"
                            "  time_samples_min: 2, sentinels: 1}\n"
                            "meters: [{simulated: {update_period_s: 0.0005}}]\n"
                            "groups:\n"
                            "  - kernels: gemm/reference\n"
                            "    threads: 1\n"
                            "    axes: {m: {range: [1, "
                         << points << "], step: 1}, n: 8, k: 8}\n";
  }
  ProgramOutcome submit(const std::string& more) const {
    return ergon("submit " + sweep.string() + " --site local -o " + campaign.string() + " " + more);
  }
  // Looks until what the status says holds, for a minute at most.
  std::string status_with(const std::string& text) const {
    std::string said;
    for (int i = 0; i < 240; ++i) {
      said = ergon("status " + campaign.string()).text;
      if (said.find(text) != std::string::npos) return said;
      steady_clock().wait_until(steady_clock().now_ns() + 250'000'000);
    }
    return said;
  }
  // Runs that each point of the result comes from.
  std::map<std::string, std::set<int>> runs_of_points() const {
    std::map<std::string, std::set<int>> runs;
    for (const Record& record : read_results(campaign / "result.h5").records) {
      if (!record.sentinel) runs[point_id(record.point)].insert(record.run);
    }
    return runs;
  }
  void expect_every_point_once(std::size_t points) const {
    const auto runs = runs_of_points();
    EXPECT_EQ(runs.size(), points);
    for (const auto& [id, of] : runs) EXPECT_EQ(of.size(), 1u) << id;
  }

  TemporaryFolder temporary;
  const fs::path sweep = temporary.path() / "made.yaml";
  const fs::path campaign = temporary.path() / "made.campaign";
};

}  // namespace

TEST_F(LocalCampaign, MeasuresEveryPointOnceAndCollects) {
  write(24, 0.002);
  const ProgramOutcome submitted = submit("--shards 3");
  ASSERT_EQ(submitted.exit_code, 0) << submitted.text;
  EXPECT_NE(submitted.text.find("24 of 24 points in 3 shards"), std::string::npos)
      << submitted.text;
  const std::string done = status_with("24/24 points done\n");
  EXPECT_NE(done.find("J simulated so far"), std::string::npos) << done;
  const ProgramOutcome collected = ergon("collect " + campaign.string());
  EXPECT_EQ(collected.exit_code, 0) << collected.text;
  EXPECT_NE(collected.text.find("24 of 24 points from 3 files: 24 ok"), std::string::npos)
      << collected.text;
  expect_every_point_once(24);
  // Every shard has measured the same sentinel, by which they can be held against each other.
  std::set<int> runs;
  std::set<std::string> sentinels;
  for (const Record& record : read_results(campaign / "result.h5").records) {
    if (!record.sentinel) continue;
    runs.insert(record.run);
    sentinels.insert(point_id(record.point));
  }
  EXPECT_EQ(runs.size(), 3u);
  EXPECT_EQ(sentinels.size(), 1u);
}

TEST_F(LocalCampaign, IsSubmittedOnce) {
  write(4, 0.002);
  ASSERT_EQ(submit("--shards 2").exit_code, 0);
  const ProgramOutcome again = submit("--shards 2");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_NE(again.text.find("was submitted before"), std::string::npos) << again.text;
  EXPECT_EQ(read_intents(campaign).submissions.size(), 1u);
  write(5, 0.002);
  const ProgramOutcome other = submit("--shards 2");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.text.find("is a campaign of another sweep"), std::string::npos) << other.text;
}

TEST_F(LocalCampaign, GoesOnAfterItWasCancelled) {
  write(30, 0.1);
  ASSERT_EQ(submit("--shards 2").exit_code, 0);
  (void)status_with("in shards that run");
  const ProgramOutcome cancelled = ergon("cancel " + campaign.string());
  EXPECT_EQ(cancelled.exit_code, 0) << cancelled.text;
  const std::string said = status_with("lost");
  EXPECT_NE(said.find("`ergon resume"), std::string::npos) << said;
  const ProgramOutcome partly = ergon("collect " + campaign.string());
  EXPECT_EQ(partly.exit_code, 1) << partly.text;
  EXPECT_NE(partly.text.find("missing: "), std::string::npos) << partly.text;
  const ProgramOutcome resumed = ergon("resume " + campaign.string() + " --shards 5");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.text;
  (void)status_with("30/30 points done\n");
  EXPECT_EQ(ergon("collect " + campaign.string()).exit_code, 0);
  expect_every_point_once(30);
  const ProgramOutcome nothing = ergon("resume " + campaign.string());
  EXPECT_EQ(nothing.exit_code, 0);
  EXPECT_NE(nothing.text.find("nothing is left to submit"), std::string::npos) << nothing.text;
}

TEST_F(LocalCampaign, PrintsItsScriptsAndHandsNothingOver) {
  write(8, 0.002);
  const ProgramOutcome outcome = submit("--shards 2 --dry-run");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("expected time: "), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("for ((task = 0; task < 2; task++))"), std::string::npos);
  EXPECT_FALSE(fs::exists(campaign));
}

TEST_F(LocalCampaign, RunsNothingOfWhatASweepIsNamed) {
  const fs::path mark = temporary.path() / "PWNED";
  for (const std::string name :
       {"$(touch PWNED)", "`touch PWNED`", "a; touch PWNED", "a\ntouch PWNED", "'; touch PWNED; '",
        "../../PWNED", "-rf", "a\n#SBATCH --wrap=touch"}) {
    write(2, 0.002, name);
    const ProgramOutcome outcome = ergon("submit " + sweep.string() + " --site local --dry-run");
    EXPECT_EQ(outcome.exit_code, 2) << outcome.text;
    const ProgramOutcome named = submit("--dry-run");
    const std::size_t scripts = named.text.find("\n== ");
    ASSERT_NE(scripts, std::string::npos) << named.text;
    EXPECT_EQ(named.text.find(name, scripts), std::string::npos) << named.text;
  }
  EXPECT_FALSE(fs::exists(mark));
}

}  // namespace ergon
