#include <gtest/gtest.h>

#include <filesystem>

#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {

TEST(CharacteriseCommand, FindsTheSimulatedSensorAndSaysThatItIsOne) {
  const ProgramOutcome outcome =
      ergon("characterise --simulated period_s=0.1,window_s=0.025,lag_s=0.05,power=1,quantum=0.1");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("simulated/sensor: power, simulated"), std::string::npos);
  EXPECT_NE(outcome.text.find("sees 25 % of the time"), std::string::npos) << outcome.text;
}

TEST(CharacteriseCommand, SaysWhyNoMeterOpens) {
  const TemporaryFolder empty;
  const ProgramOutcome outcome = ergon("characterise powercap --root " + empty.path().string());
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.text.find("characterise: no meter opens here:\n  powercap: "),
            std::string::npos)
      << outcome.text;
}

TEST(CharacteriseCommand, NamesWhatASimulatedSensorHas) {
  const ProgramOutcome outcome = ergon("characterise --simulated window=3");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.text.find("no 'window'; there are"), std::string::npos) << outcome.text;
}

TEST(CharacteriseCommand, KeepsAndListsWhatItFound) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "kept.json";
  const std::string options = " -o " + file.string();
  EXPECT_EQ(ergon("characterise --simulated period_s=0.02,window_s=0.02" + options).exit_code, 0);
  const ProgramOutcome outcome = ergon("characterise --list" + options);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.text.find("simulated/sensor: energy, simulated"), std::string::npos)
      << outcome.text;
  EXPECT_NE(outcome.text.find(": 1 channels"), std::string::npos) << outcome.text;
}

}  // namespace ergon
