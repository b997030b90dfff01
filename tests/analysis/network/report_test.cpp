#include "analysis/network/report.h"

#include <cmath>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/analysis/network/made_table.h"

namespace ergon {
namespace {

// A network of two layers, its price and its reports; all that a report borrows stays here.
class Report : public testing::Test {
 protected:
  Report() : Report(Source::measured) {}
  explicit Report(Source source) {
    std::erase_if(table_.rows, [](const auto& row) { return row.key.kernel == "gelu/made"; });
    table_.source = source;
    for (EnergyTable::Row& row : table_.rows) row.key.source = source;
    description_.layers = 2;
    network_ = build_network(description_, workload_);
    prices_ = std::make_unique<PriceList>(table_, primitives_of(network_),
                                          PriceQuery{.proxy = "softmax"});
    estimate_ = estimate(network_, *prices_);
  }
  [[nodiscard]] NetworkReport report(int depth = -1, SortBy sort = SortBy::order) const {
    return {.description = description_,
            .workload = workload_,
            .network = network_,
            .estimate = estimate_,
            .table = table_,
            .prices = *prices_,
            .table_name = "T.json",
            .sort = sort,
            .depth = depth};
  }

  EnergyTable table_ = bert_table();
  NetworkDescription description_ = network_named("bert-base");
  Workload workload_{.batch = 2, .sequence = 16};
  Network network_;
  std::unique_ptr<PriceList> prices_;
  NetworkEstimate estimate_;
};

class EstimatedReport : public Report {
 protected:
  EstimatedReport() : Report(Source::estimated) {}
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_F(Report, ShowsLevelsDownToADepth) {
  EXPECT_EQ(shown_nodes(report(0)), std::vector<int>{0});
  std::vector<std::string> names;
  for (const int node : shown_nodes(report(1))) {
    names.push_back(network_.nodes[static_cast<std::size_t>(node)].name);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"bert-base", "embeddings", "layer.0", "layer.1", "pooler"}));
  EXPECT_EQ(shown_nodes(report()).size(), network_.nodes.size());
}

TEST_F(Report, SortsSiblingsAndKeepsThemUnderTheirParent) {
  std::vector<std::string> names;
  for (const int node : shown_nodes(report(1, SortBy::name))) {
    names.push_back(network_.nodes[static_cast<std::size_t>(node)].name);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"bert-base", "embeddings", "layer.0", "layer.1", "pooler"}));
  const std::vector<int> shown = shown_nodes(report(-1, SortBy::energy));
  ASSERT_EQ(shown.size(), network_.nodes.size());
  std::vector<double> last(8, 1e300);  // of a depth, since the parent
  for (const int node : shown) {
    const auto depth =
        static_cast<std::size_t>(network_.nodes[static_cast<std::size_t>(node)].depth);
    const double energy = estimate_.costs[static_cast<std::size_t>(node)].energy.value;
    EXPECT_LE(energy, last[depth]);
    last[depth] = energy;
    last[depth + 1] = 1e300;
  }
}

TEST_F(Report, TakesLayersTogetherAmongTheHungriest) {
  const std::vector<HungryNode> hungriest = hungriest_nodes(report());
  ASSERT_EQ(hungriest.size(), 10u);
  double before = 1e300;
  for (const HungryNode& node : hungriest) {
    EXPECT_LE(node.energy.value, before);
    before = node.energy.value;
  }
  EXPECT_EQ(hungriest[0].path, "bert-base/layer.*/feed_forward/up");
  EXPECT_EQ(hungriest[0].operations, 2);
}

TEST_F(Report, PrintsALineANodeWithJoulesIntervalShareTimeAndPower) {
  const std::vector<std::string> lines = lines_of(report_text(report(1), std::nullopt));
  EXPECT_EQ(lines[0],
            "bert-base: batch 2, sequence 16, f32, attention composed, elementwise fused");
  EXPECT_EQ(lines[1], "T.json: Made CPU, package, 1 thread, uniform, warm; gross energy, measured");
  const auto root = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.starts_with("bert-base  ");
  });
  ASSERT_NE(root, lines.end());
  for (const std::string_view part :
       {"  12.73 mJ  ", "  11.51 mJ to 13.96 mJ  ", "  100.0 %  ", "  127.3 us  ", "  100 W"}) {
    EXPECT_NE(root->find(part), std::string::npos) << part << " in " << *root;
  }
}

TEST_F(Report, ListsProxiesWithTheirShare) {
  const std::string text = report_text(report(), std::nullopt);
  EXPECT_NE(text.find("at the J/byte of softmax/made, taken to be within 50 %\n"
                      "  gelu: 2 operations, 2.2 % of the bytes\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  proxy\n"), std::string::npos);
}

TEST_F(EstimatedReport, MarksEveryJouleThatIsNotMeasured) {
  const WhatIf what_if{.settings = "layers=1", .total = estimate_.total(), .difference = {}};
  for (const std::string& line : lines_of(report_text(report(0), what_if))) {
    const bool heads = line.starts_with("node ") || line.starts_with("the hungriest") ||
                       line.starts_with("with ") || line.find("gross energy") != line.npos;
    EXPECT_TRUE(!heads || line.find("estimated") != std::string::npos) << line;
  }
  EXPECT_NE(report_text(report(), std::nullopt).find("every joule here is an estimate"),
            std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(report_json(report(), {})).contains("warning"));
  EXPECT_NE(report_csv(report()).find(",estimated\n"), std::string::npos);
}

TEST_F(Report, GivesJsonThatAddsUp) {
  const WhatIf what_if{.settings = "layers=1", .total = estimate_.total(), .difference = {}};
  const auto json = nlohmann::json::parse(report_json(report(), what_if));
  EXPECT_EQ(json.at("schema").at("id"), "ergon.network_estimate");
  EXPECT_EQ(json.at("network").at("layers"), "2");
  EXPECT_EQ(json.at("what_if").at("settings"), "layers=1");
  EXPECT_EQ(json.at("hungriest").size(), 10u);
  const auto& tree = json.at("tree");
  EXPECT_EQ(tree.at("name"), "bert-base");
  ASSERT_EQ(tree.at("children").size(), 4u);
  double sum = 0;
  for (const auto& child : tree.at("children")) sum += child.at("energy_j").get<double>();
  EXPECT_NEAR(sum, tree.at("energy_j").get<double>(), 1e-12);
  const auto& query = tree.at("children").at(1).at("children").at(0).at("children").at(0);
  EXPECT_EQ(query.at("problem"),
            "k1:gemm/a=f32,accumulate=f32,b=f32,out=f32/bias=yes,epilogue=none,transpose_b=yes/"
            "k=768,m=32,n=768");
}

TEST_F(Report, GivesNullForAnIntervalThatThereIsNot) {
  estimate_.costs[0].low = Joules{std::nan("")};
  estimate_.no_interval = "gemm/made: n too small";
  const auto json = nlohmann::json::parse(report_json(report(0), {}));
  EXPECT_TRUE(json.at("tree").at("energy_low_j").is_null());
  EXPECT_EQ(json.at("no_interval"), "gemm/made: n too small");
  EXPECT_NE(report_text(report(0), {}).find("no interval: gemm/made: n too small"),
            std::string::npos);
}

TEST_F(Report, GivesCsvOfOneLineANode) {
  const std::vector<std::string> lines = lines_of(report_csv(report()));
  ASSERT_EQ(lines.size(), network_.nodes.size() + 1);
  EXPECT_EQ(lines[1].substr(0, 20), "bert-base,network,0,");
  const std::string operation = "bert-base/embeddings/words,embedding,2,\"k1:embedding/";
  EXPECT_EQ(lines[3].substr(0, operation.size()), operation);
}

}  // namespace ergon
