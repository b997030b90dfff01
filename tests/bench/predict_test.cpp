#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "analysis/table_file.h"
#include "tests/analysis/network/made_table.h"
#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

class PredictNetwork : public testing::Test {
 protected:
  // `ergon predict --network <a file of configs/networks> --table <a made table>` and more.
  [[nodiscard]] ProgramOutcome predict(const std::string& network, const std::string& more,
                                       const EnergyTable& table = bert_table()) const {
    const std::filesystem::path file = temporary_.path() / "table.json";
    write_table(file, table);
    return ergon("predict --network " + std::string(ERGON_SOURCE_DIR) + "/configs/networks/" +
                 network + ".yaml --table " + file.string() + " " + more);
  }

  TemporaryFolder temporary_;
};

}  // namespace

TEST_F(PredictNetwork, PrintsTheTree) {
  const ProgramOutcome outcome = predict("bert-base", "--batch 8 --seq 128");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  for (const std::string_view part :
       {"bert-base: batch 8, sequence 128", "109.5 M parameters, 236 operations", "\n  layer.11 ",
        "\n      up ", "the hungriest, layers taken together"}) {
    EXPECT_NE(outcome.text.find(part), std::string::npos) << part << "\n" << outcome.text;
  }
}

TEST_F(PredictNetwork, ComparesWithOtherFields) {
  const ProgramOutcome outcome =
      predict("bert-base", "--seq 64 --set layers=6,pooler=no --depth 0 --sort energy");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("with layers=6, pooler=no\n  energy  "), std::string::npos)
      << outcome.text;
}

TEST_F(PredictNetwork, RunsPhasesOfADecoder) {
  EnergyTable table = bert_table();
  for (const std::string_view primitive : {"rmsnorm", "rotary", "swiglu"}) {
    table.rows.push_back(made_row(primitive));
  }
  const ProgramOutcome outcome = predict(
      "llama-3-8b", "--phase prefill,decode --seq 32 --steps 2 --attention fused --json", table);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  const auto json = nlohmann::json::parse(outcome.text);
  const auto& phases = json.at("tree").at("children");
  ASSERT_EQ(phases.size(), 2u);
  EXPECT_EQ(phases[0].at("name"), "prefill");
  EXPECT_EQ(phases[1].at("name"), "decode");
  EXPECT_EQ(phases[1].at("children").size(), 2u);
}

TEST_F(PredictNetwork, PrintsCsv) {
  const ProgramOutcome outcome = predict("bert-base", "--csv --depth 1");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 16);
  EXPECT_EQ(outcome.text.substr(0, 10), "path,kind,");
}

TEST_F(PredictNetwork, ReadsAConfigOfHuggingFace) {
  const std::filesystem::path table = temporary_.path() / "table.json";
  const std::filesystem::path config = temporary_.path() / "config.json";
  write_table(table, bert_table());
  std::ofstream(config) << R"({"model_type": "distilbert", "dim": 768, "n_layers": 6, "n_heads": 12,
    "hidden_dim": 3072, "vocab_size": 30522, "max_position_embeddings": 512})";
  const ProgramOutcome outcome =
      ergon("predict --network " + config.string() + " --table " + table.string() + " --depth 0");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("distilbert: batch 1, sequence 128"), std::string::npos);
}

TEST_F(PredictNetwork, RefusesWhatItCannotAnswer) {
  const std::pair<std::string, std::string> cases[] = {
      {"--threads 3", "no row with threads '3'; the table has: '1'"},
      {"--dtypes half", "--dtypes half: expected f32"},
      {"--phase dance", "--phase"},
      {"--shape m=1", "--shape and --options are of one launch"},
      {"--json --csv", "excludes"},
  };
  for (const auto& [arguments, message] : cases) {
    const ProgramOutcome outcome = predict("bert-base", arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_NE(outcome.text.find(message), std::string::npos) << outcome.text;
  }
  const ProgramOutcome uncovered = predict("bert-base", "", made_table({"gemm", "softmax"}));
  EXPECT_EQ(uncovered.exit_code, 2);
  EXPECT_NE(uncovered.text.find("% are needed. Missing:\n  batched_gemm: 24 operations"),
            std::string::npos)
      << uncovered.text;
  EXPECT_EQ(ergon("predict --table nowhere.json").exit_code, 2);
}

TEST_F(PredictNetwork, RefusesAFileThatIsNoNetwork) {
  const std::filesystem::path table = temporary_.path() / "table.json";
  write_table(table, bert_table());
  const std::filesystem::path file = temporary_.path() / "net.yaml";
  std::ofstream(file) << "kind: encoder\nlayrs: 3\n";
  const ProgramOutcome outcome =
      ergon("predict --network " + file.string() + " --table " + table.string());
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.text.find("net.yaml:2:1: unknown key 'layrs' in a network"), std::string::npos)
      << outcome.text;
}

}  // namespace ergon
