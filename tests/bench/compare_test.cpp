#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/analysis/compare/made_side.h"
#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {

namespace {

class CompareCommand : public testing::Test {
 protected:
  std::string file(const std::string& name, const MadeSide& side) {
    Results results = side.results();
    for (Record& record : results.records) {
      if (side.source == Source::simulated) record.energy_status = EnergyStatus::simulated;
    }
    write_results(temporary_.path() / name, results);
    return temporary_.path() / name;
  }

  TemporaryFolder temporary_;
  std::string before_ = file("before.h5", {.run = 1});
  std::string after_ = file("after.h5", {.joules = 1.08e-4, .run = 2});
};

}  // namespace

TEST_F(CompareCommand, PrintsRatiosWithVerdicts) {
  const ProgramOutcome outcome = ergon("compare " + before_ + " " + after_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("one device and one sensor: gain cancels"), std::string::npos);
  EXPECT_NE(outcome.text.find("1.08 +-"), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("higher"), std::string::npos);
  EXPECT_NE(outcome.text.find("--run-to-run"), std::string::npos);
  EXPECT_EQ(outcome.text.find("estimated"), std::string::npos);
}

TEST_F(CompareCommand, ExitsWithOneOnARegressionAlone) {
  EXPECT_EQ(ergon("compare --fail-on 'energy > 3%' " + before_ + " " + after_).exit_code, 1);
  EXPECT_EQ(ergon("compare --fail-on 'energy > 8%' " + before_ + " " + after_).exit_code, 0);
  EXPECT_EQ(ergon("compare --fail-on 'energy > 3%' " + after_ + " " + before_).exit_code, 0);
  EXPECT_EQ(ergon("compare --fail-on 'time > 1%' " + before_ + " " + after_).exit_code, 0);
  const ProgramOutcome wrong = ergon("compare --fail-on 'energy' " + before_ + " " + after_);
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.text.find("write it as 'energy > 3%'"), std::string::npos) << wrong.text;
}

TEST_F(CompareCommand, WritesJsonThatHasEverything) {
  const std::string output = temporary_.path() / "out.json";
  const ProgramOutcome outcome =
      ergon("compare --format json -o " + output + " " + before_ + " " + after_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_EQ(outcome.text, "");
  std::ifstream stream(output);
  const auto json = nlohmann::json::parse(stream);
  EXPECT_EQ(json["schema"], "ergon.compare");
  EXPECT_EQ(json["sides"][1]["letter"], "B");
  const auto& pair = json["pairs"][0];
  EXPECT_EQ(pair["source"], "measured");
  EXPECT_EQ(pair["means"][0]["energy"]["verdict"], "higher");
  EXPECT_EQ(pair["means"][0]["energy"]["shapes"], 10);
  EXPECT_EQ(pair["shapes"].size(), 10u);
  EXPECT_EQ(pair["shapes"][0]["extents"]["m"], 16);
  EXPECT_NEAR(pair["shapes"][0]["second"]["energy_j"].get<double>(), 1.08e-4, 1e-6);
}

TEST_F(CompareCommand, MarksJoulesThatAreNotMeasured) {
  const std::string first = file("s1.h5", {.source = Source::simulated, .run = 3});
  const std::string second = file("s2.h5", {.source = Source::simulated, .run = 4});
  for (const std::string format : {"text", "markdown"}) {
    const ProgramOutcome outcome = ergon("compare --format " + format + " " + first + " " + second);
    EXPECT_NE(outcome.text.find("energy (simulated)"), std::string::npos) << outcome.text;
  }
  const ProgramOutcome csv = ergon("compare --format csv " + first + " " + second);
  std::istringstream lines(csv.text);
  int rows = 0;
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line.substr(0, 20), "first,second,source,");
  while (std::getline(lines, line)) {
    ++rows;
    EXPECT_EQ(line.substr(0, 14), "A,B,simulated,") << line;
  }
  EXPECT_EQ(rows, 4 * (10 + 1));
}

TEST_F(CompareCommand, GivesAMatrixOfMoreThanTwo) {
  const std::string third = file("third.h5", {.joules = 1.2e-4, .run = 5});
  const ProgramOutcome outcome = ergon("compare " + before_ + " " + after_ + " " + third);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("B over"), std::string::npos);
  EXPECT_NE(outcome.text.find("C over"), std::string::npos);
  EXPECT_NE(outcome.text.find("1.2 +-"), std::string::npos) << outcome.text;
}

TEST_F(CompareCommand, ComparesPredictionsOfTwoTables) {
  std::string tables;
  for (const std::uint64_t seed : {1, 2}) {
    SyntheticFile made(seed);
    Truth truth = kGemmTruth;
    if (seed == 2) truth.joules_per_flop *= 3, truth.joules_per_byte *= 3, truth.static_w *= 3;
    made.add_probes(0.005);
    add_gemms(made, truth, {.energy = 0.005});
    write_results(temporary_.path() / "t.h5", made.results);
    const std::string table = temporary_.path() / ("t" + std::to_string(seed) + ".json");
    const std::string results = temporary_.path() / "t.h5";
    ASSERT_EQ(ergon("fit " + results + " -o " + table).exit_code, 0);
    tables += " " + table;
  }
  const ProgramOutcome outcome = ergon("compare --format json" + tables);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
  const auto pair = nlohmann::json::parse(outcome.text)["pairs"][0];
  EXPECT_EQ(pair["means"][0]["energy"]["verdict"], "higher") << pair["means"];
  EXPECT_NEAR(pair["means"][0]["energy"]["ratio"].get<double>(), 3, 0.3);
  EXPECT_FALSE(pair["one_sensor"].get<bool>());
  EXPECT_EQ(pair["means"][0]["time"]["verdict"], "same");
  EXPECT_EQ(ergon("compare" + tables + " " + before_).exit_code, 2);
  const std::string first = tables.substr(1, tables.find(' ', 1) - 1);
  const ProgramOutcome same = ergon("compare " + first + " " + first);
  EXPECT_NE(same.text.find("gain cancels"), std::string::npos) << same.text;
  EXPECT_EQ(same.text.find("higher"), std::string::npos) << same.text;
}

}  // namespace ergon
