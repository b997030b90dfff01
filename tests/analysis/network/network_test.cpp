#include "analysis/network/network.h"

#include <map>

#include <gtest/gtest.h>

#include "kernels/error.h"
#include "tests/analysis/network/made_table.h"

namespace ergon {
namespace {

Network network_of(std::string_view name, const Workload& workload = {}) {
  return build_network(network_named(name), workload);
}

// Paths below the root of the operations of layer 0, in order.
std::vector<std::string> layer_of(const Network& network) {
  std::vector<std::string> paths;
  const std::string prefix = network.name + "/layer.0/";
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const std::string path = network.path(static_cast<int>(i));
    if (network.nodes[i].is_operation() && path.starts_with(prefix)) {
      paths.push_back(path.substr(prefix.size()));
    }
  }
  return paths;
}

std::int64_t flops_of(const Network& network, std::string_view primitive) {
  std::int64_t flops = 0;
  for (const Node& node : network.nodes) {
    if (node.is_operation() && node.kind == primitive) {
      flops += node.problem.primitive->work(node.problem).flops;
    }
  }
  return flops;
}

const Node& node_at(const Network& network, std::string_view path) {
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (network.path(static_cast<int>(i)) == path) return network.nodes[i];
  }
  throw Error("no node " + std::string(path));
}

std::string refusal_of(std::string_view name, const Workload& workload) {
  try {
    (void)network_of(name, workload);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

// What the models' cards and papers, or the tensors of their published checkpoints, add up to.
TEST(Network, HasThePublishedNumberOfParameters) {
  const std::map<std::string, std::int64_t> published = {
      {"bert-base", 109'482'240},    {"bert-large", 335'141'888},
      {"roberta-base", 124'645'632}, {"distilbert-base", 66'362'880},
      {"gpt2", 124'439'808},         {"gpt2-medium", 354'823'168},
      {"gpt2-large", 774'030'080},   {"gpt2-xl", 1'557'611'200},
      {"distilgpt2", 81'912'576},    {"openai-gpt", 116'534'784},
      {"llama-2-7b", 6'738'415'616}, {"llama-2-13b", 13'015'864'320},
      {"llama-3-8b", 8'030'261'248}, {"llama-3-70b", 70'553'706'496}};
  for (const auto& [name, parameters] : published) {
    EXPECT_EQ(counts_of(network_of(name)).parameters, parameters) << name;
  }
  NetworkDescription pretraining = network_named("bert-base");
  const std::vector<std::string> settings = {"head=masked_lm", "pooler=no"};
  override_fields(pretraining, settings);
  EXPECT_EQ(counts_of(build_network(pretraining, {})).parameters, 109'514'298);
}

// 22.5 G: Sun et al. 2020, "MobileBERT", arXiv 2004.02984, table 4, for 128 tokens.
TEST(Network, HasThePublishedFlopsOfBert) {
  const Network bert = network_of("bert-base", {.sequence = 128});
  EXPECT_NEAR(static_cast<double>(counts_of(bert).flops), 22.5e9, 0.005 * 22.5e9);
  // Products of the layers: 2 x 128 tokens x 85 M weights; of the attention: 4 x 128^2 x 768.
  EXPECT_NEAR(static_cast<double>(flops_of(bert, "gemm")), 2.0 * 128 * 84'934'656, 0.01 * 21.7e9);
  EXPECT_EQ(flops_of(bert, "batched_gemm"), 12 * 4LL * 128 * 128 * 768);
}

// 2 FLOPs a weight and token: Kaplan et al. 2020, arXiv 2001.08361, table 1; the embedding is no
// product, the head is one.
TEST(Network, SpendsTwoFlopsAWeightOnEachToken) {
  const Network llama = network_of("llama-2-7b", {.phases = {Phase::decode}, .past = 1023});
  const std::int64_t weights = 6'738'415'616 - 32'000LL * 4096 - 65 * 4096;
  EXPECT_EQ(flops_of(llama, "gemm"), 2 * weights);
  EXPECT_EQ(flops_of(llama, "batched_gemm"), 32 * 4LL * 1024 * 4096);
  const Network gpt = network_of("gpt2", {.sequence = 1024});
  const std::int64_t matrices = 84'934'656 + 50'257LL * 768;
  const std::int64_t biases = 12 * (2304 + 768 + 3072 + 768);
  EXPECT_EQ(flops_of(gpt, "gemm"), 1024 * (2 * matrices + biases));
}

TEST(Network, HoldsEveryOperationOfABertLayer) {
  const std::vector<std::string> expected = {
      "attention/query",         "attention/key",         "attention/value",
      "attention/split_query",   "attention/split_key",   "attention/split_value",
      "attention/scores",        "attention/scale_mask",  "attention/softmax",
      "attention/context",       "attention/merge_heads", "attention/output",
      "attention/residual",      "attention/norm",        "feed_forward/up",
      "feed_forward/activation", "feed_forward/down",     "feed_forward/residual",
      "feed_forward/norm"};
  EXPECT_EQ(layer_of(network_of("bert-base")), expected);
}

TEST(Network, HoldsEveryOperationOfAnEagerGpt2Layer) {
  const std::vector<std::string> expected = {"attention/norm",
                                             "attention/query_key_value",
                                             "attention/split_query",
                                             "attention/split_key",
                                             "attention/split_value",
                                             "attention/store_keys",
                                             "attention/store_values",
                                             "attention/scores",
                                             "attention/scale",
                                             "attention/mask",
                                             "attention/softmax",
                                             "attention/context",
                                             "attention/merge_heads",
                                             "attention/output",
                                             "attention/residual",
                                             "feed_forward/norm",
                                             "feed_forward/up",
                                             "feed_forward/activation/cube",
                                             "feed_forward/activation/times_constant",
                                             "feed_forward/activation/add",
                                             "feed_forward/activation/times_root",
                                             "feed_forward/activation/tanh",
                                             "feed_forward/activation/add_one",
                                             "feed_forward/activation/half",
                                             "feed_forward/activation/product",
                                             "feed_forward/down",
                                             "feed_forward/residual"};
  EXPECT_EQ(layer_of(network_of("gpt2", {.elementwise = Elementwise::eager})), expected);
}

TEST(Network, HoldsEveryOperationOfALlamaStepWithFusedAttention) {
  const Network llama = network_of(
      "llama-3-8b", {.phases = {Phase::decode}, .past = 99, .attention = AttentionForm::fused});
  const std::vector<std::string> expected = {
      "attention/norm",       "attention/query",        "attention/key",
      "attention/value",      "attention/rotate_query", "attention/rotate_key",
      "attention/store_keys", "attention/store_values", "attention/attention",
      "attention/output",     "attention/residual",     "feed_forward/norm",
      "feed_forward/gate",    "feed_forward/up",        "feed_forward/activation",
      "feed_forward/down",    "feed_forward/residual"};
  EXPECT_EQ(layer_of(llama), expected);
  EXPECT_EQ(problem_key(node_at(llama, "llama-3-8b/layer.0/attention/attention").problem),
            "k1:attention/a=f32,accumulate=f32,b=f32,out=f32/mask=causal/"
            "batch=1,head_size=128,heads=32,keys=100,kv_heads=8,queries=1");
}

TEST(Network, SharesAKeyHeadAmongItsQueries) {
  const Network composed = network_of("llama-3-8b", {.batch = 2, .sequence = 10});
  EXPECT_EQ(problem_key(node_at(composed, "llama-3-8b/layer.0/attention/scores").problem),
            "k1:batched_gemm/a=f32,accumulate=f32,b=f32,out=f32/transpose_b=yes/"
            "batch=16,k=128,m=40,n=10");
  const Network eager =
      network_of("llama-3-8b", {.batch = 2, .sequence = 10, .elementwise = Elementwise::eager});
  EXPECT_EQ(node_at(eager, "llama-3-8b/layer.0/attention/repeat_keys").problem.extents[0],
            2 * 32 * 10 * 128);
  EXPECT_EQ(node_at(eager, "llama-3-8b/layer.0/attention/scores").problem.extents,
            (std::vector<std::int64_t>{64, 10, 10, 128}));
  EXPECT_EQ(flops_of(eager, "batched_gemm"), flops_of(composed, "batched_gemm"));
}

TEST(Network, WorksOutOnlyTheLastLogitsWhereAsked) {
  const Network last = network_of("llama-2-7b", {.batch = 3, .sequence = 10});
  EXPECT_EQ(node_at(last, "llama-2-7b/head/logits").problem.extents[0], 3);
  NetworkDescription all = network_named("llama-2-7b");
  all.logits = Logits::all;
  const Network every = build_network(all, {.batch = 3, .sequence = 10});
  EXPECT_EQ(node_at(every, "llama-2-7b/head/logits").problem.extents[0], 30);
}

TEST(Network, RunsPhasesInTurnAndCountsWeightsOnce) {
  const Network both =
      network_of("gpt2", {.phases = {Phase::prefill, Phase::decode}, .sequence = 16, .steps = 3});
  EXPECT_EQ(counts_of(both).parameters, 124'439'808);
  EXPECT_EQ(node_at(both, "gpt2/decode/step.0/layer.0/attention/scores").problem.extents,
            (std::vector<std::int64_t>{12, 1, 17, 64}));
  EXPECT_EQ(node_at(both, "gpt2/decode/step.2/layer.0/attention/scores").problem.extents,
            (std::vector<std::int64_t>{12, 1, 19, 64}));
  std::int64_t alone = counts_of(network_of("gpt2", {.sequence = 16})).flops;
  for (const std::int64_t past : {16, 17, 18}) {
    alone += counts_of(network_of("gpt2", {.phases = {Phase::decode}, .past = past})).flops;
  }
  EXPECT_EQ(counts_of(both).flops, alone);
}

TEST(Network, NestsSubtreesWithoutGapOrOverlap) {
  const Network network = network_of("gpt2", {.elementwise = Elementwise::eager});
  ASSERT_EQ(network.nodes.front().end, static_cast<int>(network.nodes.size()));
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    ASSERT_GT(node.end, static_cast<int>(i));
    if (node.parent < 0) continue;
    const Node& parent = network.nodes[static_cast<std::size_t>(node.parent)];
    ASSERT_LT(node.parent, static_cast<int>(i));
    ASSERT_LE(node.end, parent.end);
    ASSERT_EQ(node.depth, parent.depth + 1);
    ASSERT_EQ(node.is_operation(), node.end == static_cast<int>(i) + 1);
  }
}

TEST(Network, RefusesWhatTheNetworkCannotDo) {
  const std::pair<std::string, std::string> cases[] = {
      {refusal_of("bert-base", {.phases = {Phase::decode}, .past = 5}),
       "network bert-base: has no phase decode; an encoder has encode"},
      {refusal_of("gpt2", {.phases = {Phase::encode}}),
       "network gpt2: has no phase encode; a decoder has prefill and decode"},
      {refusal_of("gpt2", {.phases = {Phase::decode}}),
       "network gpt2: decode needs the tokens in the cache; give --past, or --phase prefill before "
       "it"},
      {refusal_of("openai-gpt", {.phases = {Phase::decode}, .past = 5}),
       "network openai-gpt: keeps no cache to decode with; --set cache=yes"},
      {refusal_of("bert-base", {.sequence = 513}),
       "network bert-base: 513 tokens are more than its context of 512; shorten the input, or "
       "--set context=513"},
      {refusal_of("roberta-base", {.sequence = 513}),
       "network roberta-base: 513 tokens are more than its context of 512; shorten the input, or "
       "--set context=515"},
      {refusal_of("gpt2", {.phases = {Phase::decode}, .past = 1020, .steps = 5}),
       "network gpt2: 1025 tokens are more than its context of 1024; shorten the input, or --set "
       "context=1025"},
  };
  for (const auto& [said, expected] : cases) EXPECT_EQ(said, expected);
  EXPECT_NE(refusal_of("bert-base", {.batch = std::int64_t{1} << 50}).find("is no problem"),
            std::string::npos);
}

}  // namespace ergon
