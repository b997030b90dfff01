#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {

TEST(CalibrateCommand, AsksForAResultAndATrace) {
  const ProgramOutcome outcome = ergon("calibrate");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.text,
            "ergon: calibrate: give a result file and the external meter's trace of it\n");
}

TEST(CalibrateCommand, FindsNoGainOfASimulation) {
  const TemporaryFolder temporary;
  const auto& folder = temporary.path();
  std::ofstream(folder / "a.yaml")
      << "name: small\nseed: 5\nprotocol: quick\nmeters: simulated\ngroups:\n"
         "  - kernels: gelu/reference\n    axes: {elements: 64}\n    threads: 1\n";
  std::ofstream(folder / "wall.csv") << "time_s,power_W\n0,1\n1,1\n";
  const std::string result = (folder / "a.h5").string();
  const ProgramOutcome run = ergon("run -q " + (folder / "a.yaml").string() + " -o " + result);
  ASSERT_EQ(run.exit_code, 0) << run.text;
  const ProgramOutcome outcome =
      ergon("calibrate " + result + " " + (folder / "wall.csv").string());
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.text.find("only a measured channel has a gain to find"), std::string::npos)
      << outcome.text;
}

}  // namespace ergon
