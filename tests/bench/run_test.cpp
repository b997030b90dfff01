#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

// A sweep of three points of which one is refused; a few milliseconds each.
class RunCommand : public testing::Test {
 protected:
  void write(const std::string& meters) const {
    std::ofstream(sweep) << "name: small\n"
                            "protocol: {preset: quick, window_min_s: 0.002, windows_min: 2,\n"
                            "           windows_max: 2, window_updates_min: 1, settle_max_s: 0,\n"
                            "           idle_s: 0.01, time_max_s: 0.01}\n"
                         << meters
                         << "groups:\n"
                            "  - kernels: gemm/reference\n"
                            "    axes: {m: 4, n: 8, k: [8, 16]}\n"
                            "  - kernels: gemm/reference\n"
                            "    axes: {m: 4, n: 8, k: 8}\n"
                            "    weights: packed\n";
  }
  ProgramOutcome run(const std::string& more) const {
    return ergon("run " + sweep.string() + " -o " + output.string() + " " + more);
  }

  TemporaryFolder temporary;
  const std::filesystem::path sweep = temporary.path() / "small.yaml";
  const std::filesystem::path output = temporary.path() / "small.h5";
};

}  // namespace

TEST_F(RunCommand, SaysOfEstimatesThatTheyAre) {
  write("meters: [estimate]\n");
  const ProgramOutcome outcome = run("");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("3/3 points, "), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("3 points: 2 ok, 1 refused, 0 failed\n"), std::string::npos);
  EXPECT_NE(outcome.text.find("J estimated over all windows\n"), std::string::npos);
  EXPECT_NE(outcome.text.find("these joules are estimates of a power model, not measurements"),
            std::string::npos);
}

TEST_F(RunCommand, IsQuietWhenTold) {
  write("meters: [simulated]\n");
  const ProgramOutcome outcome = run("--quiet");
  EXPECT_EQ(outcome.text.rfind(output.string() + ": 3 points: ", 0), 0u) << outcome.text;
}

TEST_F(RunCommand, ResumesAndOverwritesNothing) {
  write("meters: [simulated]\n");
  EXPECT_EQ(run("--shard 0/2").exit_code, 0);
  const ProgramOutcome again = run("");
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(again.text.find("exists; expected a new file; give --resume"), std::string::npos);
  const ProgramOutcome resumed = run("--resume");
  EXPECT_EQ(resumed.exit_code, 0);
  EXPECT_NE(resumed.text.find(", 2 measured before\n"), std::string::npos) << resumed.text;
}

TEST_F(RunCommand, ExitsWithTwoForAFolderThatIsNotThere) {
  write("");
  const ProgramOutcome outcome =
      ergon("run " + sweep.string() + " -o " + (temporary.path() / "none/small.h5").string());
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.text.find("there is no folder"), std::string::npos) << outcome.text;
}

}  // namespace ergon
