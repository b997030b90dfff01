#include "analysis/network/hugging_face.h"

#include <gtest/gtest.h>

#include "analysis/network/description_file.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// config.json as published, less what says nothing about the work.
const std::string kBert = R"({
  "_name_or_path": "bert-base",
  "architectures": ["BertModel"],
  "attention_probs_dropout_prob": 0.1,
  "hidden_act": "gelu",
  "hidden_size": 768,
  "intermediate_size": 3072,
  "layer_norm_eps": 1e-12,
  "max_position_embeddings": 512,
  "model_type": "bert",
  "num_attention_heads": 12,
  "num_hidden_layers": 12,
  "pad_token_id": 0,
  "position_embedding_type": "absolute",
  "type_vocab_size": 2,
  "use_cache": true,
  "vocab_size": 30522
})";
const std::string kRoberta = R"({"_name_or_path": "roberta-base", "bos_token_id": 0,
  "hidden_act": "gelu", "hidden_size": 768, "intermediate_size": 3072,
  "max_position_embeddings": 514, "model_type": "roberta", "num_attention_heads": 12,
  "num_hidden_layers": 12, "pad_token_id": 1, "type_vocab_size": 1, "vocab_size": 50265})";
const std::string kDistilbert = R"({"_name_or_path": "distilbert-base", "activation": "gelu",
  "dim": 768, "hidden_dim": 3072, "max_position_embeddings": 512, "model_type": "distilbert",
  "n_heads": 12, "n_layers": 6, "sinusoidal_pos_embds": false, "tie_weights_": true,
  "vocab_size": 30522})";
const std::string kGpt2 = R"({"_name_or_path": "gpt2", "activation_function": "gelu_new",
  "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768,
  "n_head": 12, "n_layer": 12, "n_positions": 1024, "n_inner": null, "vocab_size": 50257})";
const std::string kOpenai = R"({"_name_or_path": "openai-gpt", "afn": "gelu",
  "model_type": "openai-gpt", "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 512,
  "vocab_size": 40478})";
const std::string kLlama3 = R"({"_name_or_path": "llama-3-8b", "architectures":
  ["LlamaForCausalLM"], "attention_bias": false, "hidden_act": "silu", "hidden_size": 4096,
  "intermediate_size": 14336, "max_position_embeddings": 8192, "model_type": "llama",
  "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
  "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 500000.0,
  "tie_word_embeddings": false, "vocab_size": 128256})";

NetworkDescription from_file(const std::string& name) {
  return read_description(std::string(ERGON_SOURCE_DIR) + "/configs/networks/" + name + ".yaml");
}

NetworkDescription import(const std::string& text) {
  return parse_description(text, "config.json");
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

std::string refusal_of(const std::string& text) {
  try {
    (void)import(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(HuggingFace, ImportsWhatTheFilesOfNetworksSay) {
  EXPECT_EQ(completed(import(kBert)), completed(from_file("bert-base")));
  EXPECT_EQ(completed(import(kRoberta)), completed(from_file("roberta-base")));
  EXPECT_EQ(completed(import(kDistilbert)), completed(from_file("distilbert-base")));
  EXPECT_EQ(completed(import(kGpt2)), completed(from_file("gpt2")));
  EXPECT_EQ(completed(import(kOpenai)), completed(from_file("openai-gpt")));
  NetworkDescription llama = from_file("llama-3-8b");
  llama.logits = Logits::all;  // a choice of whoever runs it, which config.json does not make
  EXPECT_EQ(completed(import(kLlama3)), completed(llama));
}

TEST(HuggingFace, FollowsTheArchitecture) {
  const NetworkDescription pretraining = import(with(kBert, "BertModel", "BertForMaskedLM"));
  EXPECT_EQ(pretraining.head, Head::masked_lm);
  EXPECT_FALSE(pretraining.pooler);
  EXPECT_EQ(import(with(kGpt2, "GPT2LMHeadModel", "GPT2Model")).head, Head::none);
  EXPECT_EQ(refusal_of(with(kBert, "BertModel", "BertForQuestionAnswering")),
            "config.json:3:21: architectures begins with 'BertForQuestionAnswering', whose head is "
            "not modelled; expected the body (...Model) or ...ForMaskedLM; edit it, or remove the "
            "key for the body");
}

TEST(HuggingFace, SharesKeyHeadsOnlyWhereTheConfigDoes) {
  EXPECT_EQ(import(kLlama3).kv_heads, 8);
  const std::string without = with(kLlama3, "\"num_key_value_heads\": 8,", "");
  EXPECT_EQ(import(without).kv_heads, 32);
}

TEST(HuggingFace, RefusesAModelTypeThatItDoesNotKnow) {
  EXPECT_EQ(refusal_of(R"({"model_type": "t5"})"),
            "config.json:1:16: model_type is 't5'; expected one of: bert, distilbert, gpt2, llama, "
            "openai-gpt, roberta");
}

TEST(HuggingFace, RefusesWhatChangesTheWorkAndIsNotModelled) {
  const std::pair<std::string, std::string> cases[] = {
      {with(kBert, "\"absolute\"", "\"relative_key\""),
       "config.json:14:30: position_embedding_type is 'relative_key'; expected absolute"},
      {with(kBert, "\"use_cache\": true", "\"is_decoder\": true"), "config.json:16:17: is_decoder"},
      {with(kBert, "\"gelu\"", "\"relu\""),
       "config.json:5:17: hidden_act is 'relu'; expected one of: gelu, gelu_new"},
      {with(kLlama3, "silu", "gelu"), "config.json:2:64: hidden_act is 'gelu'; expected silu"},
      {with(kGpt2, "\"n_ctx\": 1024", "\"add_cross_attention\": true"),
       "config.json:2:86: add_cross_attention is 'true'; cross-attention is not modelled"},
      {with(kBert, "\"pad_token_id\": 0", "\"quantization_config\": {\"bits\": 4}"),
       "config.json:13:26: quantization_config is a map; quantised weights"},
      {with(kBert, "\"hidden_size\": 768", "\"hidden_size\": \"768a\""),
       "config.json:6:18: hidden_size is '768a', not an integer"},
      {with(kBert, "\"hidden_size\": 768,", ""),
       "config.json:1:1: a bert config lacks hidden_size; expected an integer"},
      {with(kBert, "\"num_attention_heads\": 12", "\"num_attention_heads\": 7"),
       "config.json:1:1: heads: hidden 768 is not a multiple of heads 7"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(refusal_of(text).substr(0, message.size()), message);
  }
}

}  // namespace ergon
