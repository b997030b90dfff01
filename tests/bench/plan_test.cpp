#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

// A sweep of 20 points of which the 4 with 65536 threads can run nowhere.
class PlanCommand : public testing::Test {
 protected:
  PlanCommand() {
    std::ofstream(sweep_) << "name: small\nseed: 5\nprotocol: quick\ngroups:\n"
                             "  - kernels: gemm/reference\n"
                             "    axes: {m: [1, 2, 3, 4, 4], n: 8, k: [8, 16, 24, 32]}\n"
                             "    threads: 1\n"
                             "  - kernels: gelu/reference\n"
                             "    axes: {elements: [1, 2, 3, 4]}\n"
                             "    threads: 65536\n";
  }

  TemporaryFolder folder_;
  std::filesystem::path sweep_ = folder_.path() / "plan.yaml";
};

int lines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_F(PlanCommand, CountsPointsRefusalsAndTime) {
  const ProgramOutcome outcome = ergon("plan " + sweep_.string());
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.text.substr(0, outcome.text.find("it asks for")),
            "small: 20 points (4 duplicates dropped), seed 5: 16 can run here, 4 refused\n"
            "           4  gelu/reference\n"
            "           4    refused: ");
  EXPECT_NE(outcome.text.find("time: 11 s to 46 s"), std::string::npos) << outcome.text;
}

TEST_F(PlanCommand, PrintsEveryPointOfAShard) {
  const ProgramOutcome whole = ergon("plan --points " + sweep_.string());
  EXPECT_EQ(lines(whole.text), 20);
  EXPECT_NE(whole.text.find("k=24,m=3,n=8/cold=no,fill=uniform,kernel=reference,seed=1,"
                            "threads=1,weights=plain\n"),
            std::string::npos);
  EXPECT_EQ(lines(ergon("plan --points --shard 0/3 " + sweep_.string()).text), 7);
  EXPECT_EQ(lines(ergon("plan --points --shard 2/3 " + sweep_.string()).text), 6);
}

TEST_F(PlanCommand, ForecastsIntervalsOfAStatedSensorAndSaysThatItSimulates) {
  const ProgramOutcome outcome =
      ergon("plan --meter-model period_s=0.01,window_s=0.01,load_watts=400 " + sweep_.string());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("forecast, simulated and not measured: a stated sensor\n"),
            std::string::npos)
      << outcome.text;
  EXPECT_NE(outcome.text.find("a load of 400 W over 60 W"), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("\n     10 us  "), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("+-"), std::string::npos) << outcome.text;
}

TEST_F(PlanCommand, ForecastsNoNumberForLaunchesInStepWithAPartTimeSensor) {
  const ProgramOutcome outcome =
      ergon("plan --meter-model period_s=0.1,window_s=0.025 " + sweep_.string());
  EXPECT_NE(outcome.text.find("keep step with a sensor that sees part of the time"),
            std::string::npos)
      << outcome.text;
}

TEST_F(PlanCommand, NamesWhatAMeterModelHas) {
  const ProgramOutcome unknown = ergon("plan --meter-model watts=3 " + sweep_.string());
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.text.find("plan: --meter-model: no 'watts'; there are"), std::string::npos)
      << unknown.text;
  EXPECT_EQ(ergon("plan --meter-model no/such/channel " + sweep_.string()).exit_code, 2);
}

TEST_F(PlanCommand, ExitsWithTwoAndOneLineForABadSweep) {
  std::ofstream(sweep_) << "groups: [{kernels: gemm/refrence}]\n";
  const ProgramOutcome outcome = ergon("plan " + sweep_.string());
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(lines(outcome.text), 1);
  EXPECT_NE(outcome.text.find("plan.yaml:1:20: gemm has no kernel 'refrence'"), std::string::npos)
      << outcome.text;
  EXPECT_EQ(ergon("plan no-such.yaml").exit_code, 2);
  EXPECT_EQ(ergon("plan --shard 3/3 " + sweep_.string()).exit_code, 2);
}

TEST(ListCommand, NamesEveryKernelAndWhatItNeeds) {
  const ProgramOutcome outcome = ergon("list kernels");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.text.find("gemm/reference"), std::string::npos);
  EXPECT_NE(outcome.text.find("needs any CPU"), std::string::npos);
  EXPECT_EQ(ergon("list colours").exit_code, 2);
}

}  // namespace ergon
