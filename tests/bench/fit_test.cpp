#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "analysis/versions.h"
#include "tests/analysis/synthetic.h"
#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {

namespace {

class FitCommand : public testing::Test {
 protected:
  // A result file of GEMMs and probes.
  std::string results(const std::string& name, Source source, std::uint64_t seed) {
    SyntheticFile file(seed, source);
    file.add_probes(0.01);
    add_gemms(file, kGemmTruth, {.energy = 0.01});
    file.results.runs[0].channels[0].note = "a made power model";
    for (Record& record : file.results.records) {
      if (source == Source::estimated) record.energy_status = EnergyStatus::estimated;
    }
    write_results(folder_ / name, file.results);
    return folder_ / name;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path();
};

}  // namespace

TEST_F(FitCommand, WritesATableThatPredictAnswersFrom) {
  const ProgramOutcome fit =
      ergon("fit " + results("a.h5", Source::measured, 1) + " -o " + path("table.json"));
  EXPECT_EQ(fit.exit_code, 0) << fit.text;
  EXPECT_NE(fit.text.find("W static"), std::string::npos) << fit.text;
  EXPECT_NE(fit.text.find("J/byte of copy/avx2 in memory"), std::string::npos) << fit.text;
  EXPECT_EQ(fit.text.find("estimate"), std::string::npos) << fit.text;
  const ProgramOutcome predict =
      ergon("predict " + path("table.json") + " --kernel gemm/avx2 --shape m=128,n=256,k=64");
  EXPECT_EQ(predict.exit_code, 0) << predict.text;
  EXPECT_NE(predict.text.find("90 % interval"), std::string::npos) << predict.text;
  EXPECT_EQ(predict.text.find("extrapolated"), std::string::npos) << predict.text;
  const ProgramOutcome far =
      ergon("predict " + path("table.json") + " --kernel gemm/avx2 --shape m=128 n=256 k=4096");
  EXPECT_NE(far.text.find("extrapolated: k 4096 is beyond 16..1024"), std::string::npos)
      << far.text;
}

TEST_F(FitCommand, SaysOfEveryEstimatedJouleThatItIsOne) {
  const ProgramOutcome fit =
      ergon("fit " + results("a.h5", Source::estimated, 1) + " -o " + path("table.json"));
  EXPECT_EQ(fit.exit_code, 0) << fit.text;
  EXPECT_NE(fit.text.find("agreement with the estimator, not accuracy"), std::string::npos);
  EXPECT_NE(fit.text.find("a made power model"), std::string::npos);
  std::istringstream lines(fit.text);
  int joules = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool has_joules =
        line.find(" pJ/") != std::string::npos || line.find(" uJ/") != std::string::npos ||
        line.find(" W [") != std::string::npos || line.find(" W (") != std::string::npos;
    if (!has_joules) continue;
    ++joules;
    EXPECT_NE(line.find("(estimated)"), std::string::npos) << line;
  }
  EXPECT_EQ(joules, 8);
  const ProgramOutcome predict =
      ergon("predict " + path("table.json") + " --kernel gemm/avx2 --shape m=128,n=256,k=64");
  EXPECT_NE(predict.text.find("J (estimated), gross"), std::string::npos) << predict.text;
  EXPECT_NE(predict.text.find("W (estimated)"), std::string::npos) << predict.text;
}

TEST_F(FitCommand, SaysWhatSentinelsAndRegimesTell) {
  std::string files;
  for (const int run : {1, 2}) {
    SyntheticFile file(static_cast<std::uint64_t>(run));
    add_gemms(file, kGemmTruth, {.energy = 0.005});
    const std::size_t planned = file.results.records.size();
    for (int visit = 0; visit < 12; ++visit) {
      Record record = file.results.records[planned - 1 - static_cast<std::size_t>(visit % 2)];
      record.sentinel = true;
      record.repetition = 1 + visit;
      for (Window& window : record.windows) {
        window.begin_ns += 1'000'000'000'000 * visit;
        window.end_ns += 1'000'000'000'000 * visit;
        // The two scatter by 0.5 % about what they are.
        window.energy[0].gross.value *= visit % 4 < 2 ? 1.005 : 0.995;
      }
      file.results.records.push_back(record);
    }
    if (run == 2) {
      for (Record& record : file.results.records) {
        for (Window& window : record.windows) window.energy[0].gross.value *= 1.1;
      }
    }
    const std::string name = "run" + std::to_string(run) + ".h5";
    write_results(folder_ / name, file.results);
    files += path(name) + " ";
  }
  const ProgramOutcome fit =
      ergon("fit " + files + results("c.h5", Source::measured, 3) + " -o " + path("table.json"));
  EXPECT_EQ(fit.exit_code, 0) << fit.text;
  for (const char* text :
       {"run run-2 (Made CPU, package): 2 sentinels, 12 visits, in a campaign of 2 runs",
        "applied: significant", "not applied: not significant",
        "1 run without sentinels, left as measured",
        "no record is small-M (m of 8 or less): predictions there are extrapolations"}) {
    EXPECT_NE(fit.text.find(text), std::string::npos) << text << "\n" << fit.text;
  }
  const ProgramOutcome predict =
      ergon("predict " + path("table.json") + " --kernel gemm/avx2 --shape m=8,n=256,k=64");
  EXPECT_NE(predict.text.find("extrapolated: small-M, of which there is no record"),
            std::string::npos)
      << predict.text;
}

TEST_F(FitCommand, SaysThatTheMachineHasChangedSince) {
  SyntheticFile file(1);
  add_gemms(file, kGemmTruth, {});
  file.results.runs[0].device = present_machine().devices.begin()->first;
  file.results.runs[0].provenance = R"({"host": {"kernel": {"release": "0.0-made"}}})";
  write_results(folder_ / "a.h5", file.results);
  const ProgramOutcome fit = ergon("fit " + path("a.h5") + " -o " + path("table.json"));
  const std::string stale = "1 run measured under kernel 0.0-made; it is ";
  EXPECT_EQ(fit.exit_code, 0) << fit.text;
  EXPECT_NE(fit.text.find(stale), std::string::npos) << fit.text;
  const ProgramOutcome predict =
      ergon("predict " + path("table.json") + " --kernel gemm/avx2 --shape m=64,n=64,k=64");
  EXPECT_NE(predict.text.find("stale: "), std::string::npos) << predict.text;
  EXPECT_NE(predict.text.find(stale), std::string::npos) << predict.text;
}

TEST_F(FitCommand, RefusesEstimatesBesideMeasurements) {
  const ProgramOutcome fit =
      ergon("fit " + results("a.h5", Source::estimated, 1) + " " +
            results("b.h5", Source::measured, 2) + " -o " + path("table.json"));
  EXPECT_EQ(fit.exit_code, 2);
  EXPECT_NE(fit.text.find("they never mix"), std::string::npos) << fit.text;
  EXPECT_FALSE(std::filesystem::exists(path("table.json")));
}

TEST_F(FitCommand, RefusesAFileWithoutJoulesAndSaysWhy) {
  SyntheticFile file(1);
  add_gemms(file, kGemmTruth, {});
  for (Record& record : file.results.records) {
    record.energy_status = EnergyStatus::unmeasured;
    record.windows.clear();
  }
  file.results.runs[0].primary_channel = -1;
  file.results.runs[0].channels.clear();
  file.results.runs[0].unmeasured_reason = "powercap: no /sys/class/powercap here";
  write_results(folder_ / "a.h5", file.results);
  const ProgramOutcome fit = ergon("fit " + path("a.h5") + " -o " + path("table.json"));
  EXPECT_EQ(fit.exit_code, 2);
  EXPECT_NE(fit.text.find("36 energy unmeasured"), std::string::npos) << fit.text;
  EXPECT_NE(fit.text.find("no /sys/class/powercap here"), std::string::npos) << fit.text;
  EXPECT_FALSE(std::filesystem::exists(path("table.json")));
}

TEST_F(FitCommand, OverwritesNoResultFile) {
  const std::string file = results("a.h5", Source::measured, 1);
  const auto size = std::filesystem::file_size(file);
  const ProgramOutcome fit = ergon("fit " + file + " -o " + file);
  EXPECT_EQ(fit.exit_code, 2);
  EXPECT_NE(fit.text.find("it was not overwritten"), std::string::npos) << fit.text;
  EXPECT_EQ(std::filesystem::file_size(file), size);
}

TEST_F(FitCommand, PredictAsksForWhatIsMissingOrWrong) {
  ASSERT_EQ(
      ergon("fit " + results("a.h5", Source::measured, 1) + " -o " + path("table.json")).exit_code,
      0);
  const std::string predict = "predict " + path("table.json") + " --kernel ";
  const std::pair<std::string, std::string> cases[] = {
      {"gemm/avx512 --shape m=1,n=1,k=1", "no row with kernel 'gemm/avx512'"},
      {"gemm/avx2 --shape m=1,n=1,k=1 --threads 4", "no row with threads '4'; the table has: '1'"},
      {"gemm/avx2 --shape m=1,n=1", "the shape lacks k; gemm has axes m, n, k"},
      {"gemm/avx2 --shape m=1,n=1,k=0", "k=0: expected an integer of 1 or more"},
      {"gemm/avx2 --shape m=1,n=1,k=1,x=2", "gemm has no axis 'x'; known: m, n, k"},
      {"gemm/avx2 --shape m=1,n=1,k=1 --options bias=maybe",
       "option bias=maybe: expected one of no, yes"},
      {"gemm/avx2 --shape m=1,n=1,k=1 --dtypes half", "--dtypes half: expected f32"},
  };
  for (const auto& [arguments, message] : cases) {
    const ProgramOutcome outcome = ergon(predict + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_NE(outcome.text.find(message), std::string::npos) << outcome.text;
  }
}

}  // namespace ergon
