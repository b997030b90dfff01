#include "analysis/foreign/irene_network.h"

#include <map>

#include <gtest/gtest.h>

#include "kernels/error.h"

namespace ergon::irene {
namespace {

Measurement module_of(const std::string& model, const std::string& type) {
  return {.level = Level::module, .model = model, .type = type, .batch = 2, .sequence = 16};
}

Networks networks() { return Networks(std::string(ERGON_SOURCE_DIR) + "/configs/networks"); }

// Launches by primitive.
std::map<std::string, int> counts_of(const Measurement& measurement) {
  std::map<std::string, int> counts;
  for (const Launches& launches : networks().composition(measurement)) {
    counts[std::string(launches.problem.primitive->name)] += launches.count;
  }
  return counts;
}

using Counts = std::map<std::string, int>;

}  // namespace

TEST(IreneNetwork, TakesModulesApartAsTheirClassesAreWritten) {
  EXPECT_EQ(counts_of(module_of("bert-base-uncased", "BertSelfAttention")),
            (Counts{{"gemm", 3},
                    {"split_heads", 3},
                    {"batched_gemm", 2},
                    {"copy", 2},
                    {"softmax", 1},
                    {"merge_heads", 1}}));
  EXPECT_EQ(counts_of(module_of("roberta-base", "RobertaSelfOutput")),
            (Counts{{"gemm", 1}, {"layernorm", 1}, {"residual_add", 1}}));
  EXPECT_EQ(counts_of(module_of("bert-base-uncased", "BertIntermediate")),
            (Counts{{"gemm", 1}, {"gelu", 1}}));
  EXPECT_EQ(counts_of(module_of("gpt2", "MLP")),
            (Counts{{"gemm", 2}, {"copy", 5}, {"residual_add", 2}, {"tanh", 1}}));
  EXPECT_EQ(counts_of(module_of("gpt2", "Attention")), (Counts{{"gemm", 2},
                                                               {"split_heads", 3},
                                                               {"batched_gemm", 2},
                                                               {"copy", 4},
                                                               {"softmax", 1},
                                                               {"merge_heads", 1}}));
  EXPECT_EQ(counts_of(module_of("distilbert-base-uncased", "FFN")),
            (Counts{{"gemm", 2}, {"gelu", 1}}));
}

TEST(IreneNetwork, LeavesOutModulesThatAreNoSumOfALayersOperations) {
  for (const std::string type : {"BertEncoder", "BertEmbeddings", "BertPooler", "Transformer"}) {
    EXPECT_TRUE(networks().composition(module_of("bert-base-uncased", type)).empty()) << type;
  }
}

TEST(IreneNetwork, HasNoHeadAndEveryLayerOfAModel) {
  Measurement gpt2 = module_of("gpt2", "");
  gpt2.level = Level::model;
  const Counts counts = counts_of(gpt2);
  EXPECT_EQ(counts.at("gemm"), 12 * 4);
  EXPECT_EQ(counts.at("layernorm"), 12 * 2 + 1);
  EXPECT_EQ(counts.at("tanh"), 12);
  EXPECT_EQ(networks().kind("gpt2"), NetworkKind::decoder);
}

TEST(IreneNetwork, LooksAtNamesAndSizesAlone) {
  Measurement quiet = module_of("gpt2", "Block"), loud = quiet;
  loud.energy = Joules{1e6};
  loud.time = Seconds{1e6};
  const Composition a = networks().composition(quiet), b = networks().composition(loud);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(problem_key(a[i].problem), problem_key(b[i].problem));
    EXPECT_EQ(a[i].count, b[i].count);
  }
}

TEST(IreneNetwork, NamesTheFileThatIsMissing) {
  try {
    (void)networks().composition(module_of("t5-small", "Block"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("/configs/networks/t5-small.yaml: No such file"),
              std::string(ERGON_SOURCE_DIR).size());
  }
}

}  // namespace ergon::irene
