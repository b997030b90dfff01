#include "analysis/network/hugging_face.h"

#include <limits>

#include <fmt/format.h>

#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"

namespace ergon {
namespace {

constexpr IntegerRange kCount = {1, std::int64_t{1} << 31};

// A config.json. JSON's null says what a missing key says: the library's default.
class Config {
 public:
  explicit Config(const Yaml& root) : root_(root) {}

  [[nodiscard]] const Yaml* find(std::string_view key) const {
    const Yaml* const value = root_.find(key);
    return value == nullptr || value->kind == Yaml::Kind::nothing ? nullptr : value;
  }
  [[nodiscard]] std::int64_t count(std::string_view key) const {
    const Yaml* const value = find(key);
    if (value == nullptr) {
      root_.fail(fmt::format("a {} config lacks {}; expected an integer of at least 1",
                             root_.find("model_type")->text, key));
    }
    return read_integer(*value, key, kCount);
  }
  [[nodiscard]] std::int64_t count(std::string_view key, std::int64_t absent,
                                   std::int64_t least = 1) const {
    const Yaml* const value = find(key);
    return value == nullptr ? absent : read_integer(*value, key, {least, kCount.max});
  }
  [[nodiscard]] bool flag(std::string_view key, bool absent) const {
    const Yaml* const value = find(key);
    return value == nullptr ? absent : read_flag(*value, key);
  }
  [[nodiscard]] std::string word(std::string_view key, std::string_view absent) const {
    const Yaml* const value = find(key);
    return value == nullptr ? std::string(absent) : read_word(*value, key, "a word");
  }
  void refuse(std::string_view key, std::string_view why) const {
    find(key)->fail(fmt::format("{} is {}; {}", key, find(key)->description(), why));
  }
  // Refuses a flag that is set and changes the network in a way that is not modelled.
  void refuse_set(std::string_view key, std::string_view why) const {
    if (flag(key, false)) refuse(key, why);
  }

 private:
  const Yaml& root_;
};

// Names as transformers.activations has them; its tanh forms differ in rounding alone.
Activation activation_of(const Config& config, std::string_view key, std::string_view absent) {
  const std::string name = config.word(key, absent);
  if (name == "gelu") return Activation::gelu;
  for (const std::string_view tanh :
       {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate"}) {
    if (name == tanh) return Activation::gelu_tanh;
  }
  config.refuse(key,
                "expected one of: gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, "
                "gelu_accurate; no primitive computes another");
  return {};
}

// The head that the first of `architectures` has: "BertForMaskedLM".
Head head_of(const Config& config, Head head) {
  const Yaml* const list = config.find("architectures");
  if (list == nullptr) return Head::none;
  const Yaml& first = *one_or_more(*list, "architectures").front();
  const std::string& name = read_word(first, "architectures", "a class of transformers");
  const auto ends = [&](std::string_view suffix) { return name.ends_with(suffix); };
  if (head == Head::masked_lm && ends("ForMaskedLM")) return head;
  if (head == Head::lm && (ends("LMHeadModel") || ends("ForCausalLM"))) return head;
  const bool other = ends("ForMaskedLM") || ends("LMHeadModel") || name.find("For") != name.npos;
  if (!other && ends("Model")) return Head::none;
  first.fail(
      fmt::format("architectures begins with '{}', whose head is not modelled; expected "
                  "the body (...Model) or {}; edit it, or remove the key for the body",
                  name, head == Head::lm ? "...LMHeadModel, ...ForCausalLM" : "...ForMaskedLM"));
}

void refuse_decoding(const Config& config) {
  config.refuse_set("is_decoder", "expected an encoder; its use as a decoder is not modelled");
  config.refuse_set("add_cross_attention", "cross-attention is not modelled");
}

// What BERT and RoBERTa share: modeling_bert.py, modeling_roberta.py.
NetworkDescription bert_like(const Config& config) {
  refuse_decoding(config);
  if (config.word("position_embedding_type", "absolute") != "absolute") {
    config.refuse("position_embedding_type", "expected absolute; relative ones are not modelled");
  }
  NetworkDescription d;
  d.kind = NetworkKind::encoder;
  d.layers = config.count("num_hidden_layers");
  d.hidden = config.count("hidden_size");
  d.heads = config.count("num_attention_heads");
  d.feed_forward = config.count("intermediate_size");
  d.vocabulary = config.count("vocab_size");
  d.context = config.count("max_position_embeddings");
  d.token_types = config.count("type_vocab_size", 2);
  d.activation = activation_of(config, "hidden_act", "gelu");
  d.embedding_norm = true;
  d.head = head_of(config, Head::masked_lm);
  d.pooler = d.head == Head::none;
  d.tied = config.flag("tie_word_embeddings", true);
  return d;
}

NetworkDescription bert(const Config& config) { return bert_like(config); }

// Positions are counted from the padding index on, and looked up for every token.
NetworkDescription roberta(const Config& config) {
  NetworkDescription d = bert_like(config);
  d.position_offset = config.count("pad_token_id", 1, 0) + 1;
  d.position_rows = PositionRows::token;
  return d;
}

// modeling_distilbert.py: no segments, no pooler; the query is scaled, the mask is one fill.
NetworkDescription distilbert(const Config& config) {
  NetworkDescription d;
  d.kind = NetworkKind::encoder;
  d.layers = config.count("n_layers");
  d.hidden = config.count("dim");
  d.heads = config.count("n_heads");
  d.feed_forward = config.count("hidden_dim");
  d.vocabulary = config.count("vocab_size");
  d.context = config.count("max_position_embeddings");
  d.activation = activation_of(config, "activation", "gelu");
  d.position_rows = PositionRows::token;
  d.embedding_norm = true;
  d.scale = ScaleOf::query;
  d.head = head_of(config, Head::masked_lm);
  d.tied = config.flag("tie_word_embeddings", config.flag("tie_weights_", true));
  return d;
}

NetworkDescription gpt_like(const Config& config) {
  NetworkDescription d;
  d.kind = NetworkKind::decoder;
  d.layers = config.count("n_layer");
  d.hidden = config.count("n_embd");
  d.heads = config.count("n_head");
  d.vocabulary = config.count("vocab_size");
  d.context = config.count("n_positions");
  d.qkv = Projection::fused;
  d.transposed = false;  // its Conv1D
  d.head = head_of(config, Head::lm);
  d.tied = config.flag("tie_word_embeddings", true);
  return d;
}

// modeling_gpt2.py.
NetworkDescription gpt2(const Config& config) {
  config.refuse_set("add_cross_attention", "cross-attention is not modelled");
  NetworkDescription d = gpt_like(config);
  d.feed_forward = config.count("n_inner", 4 * d.hidden);
  d.activation = activation_of(config, "activation_function", "gelu_new");
  d.norm_first = d.final_norm = true;
  d.cache = config.flag("use_cache", true);
  return d;
}

// modeling_openai.py: norms after the adds, a mask of a product and a sum, no cache; what it calls
// gelu is the tanh form.
NetworkDescription openai_gpt(const Config& config) {
  NetworkDescription d = gpt_like(config);
  d.activation = activation_of(config, "afn", "gelu");
  d.activation = Activation::gelu_tanh;
  d.mask_passes = 2;
  return d;
}

// modeling_llama.py.
NetworkDescription llama(const Config& config) {
  NetworkDescription d;
  d.kind = NetworkKind::decoder;
  d.layers = config.count("num_hidden_layers");
  d.hidden = config.count("hidden_size");
  d.heads = config.count("num_attention_heads");
  d.kv_heads = config.count("num_key_value_heads", d.heads);
  d.head_size = config.count("head_dim", 0);
  d.feed_forward = config.count("intermediate_size");
  d.vocabulary = config.count("vocab_size");
  d.context = config.count("max_position_embeddings", 2048);
  if (config.word("hidden_act", "silu") != "silu") {
    config.refuse("hidden_act", "expected silu; no primitive gates by another");
  }
  d.activation = Activation::swiglu;
  d.positions = Positions::rotary;
  d.normalization = Normalization::rmsnorm;
  d.norm_first = d.final_norm = true;
  d.attention_bias = config.flag("attention_bias", false);
  d.feed_forward_bias = config.flag("mlp_bias", false);
  d.cache = config.flag("use_cache", true);
  d.head = head_of(config, Head::lm);
  d.tied = config.flag("tie_word_embeddings", false);
  return d;
}

struct Importer {
  std::string_view type;
  NetworkDescription (*import)(const Config&);
};
constexpr Importer kImporters[] = {
    {"bert", bert},   {"distilbert", distilbert}, {"gpt2", gpt2},
    {"llama", llama}, {"openai-gpt", openai_gpt}, {"roberta", roberta}};

// A model_type keeps its key as the place of a fault of the whole.
void expect_sound_import(const NetworkDescription& description, const Yaml& root) {
  const DescriptionFault fault = fault_of(description);
  if (!fault.reason.empty()) root.fail(fmt::format("{}: {}", fault.field, fault.reason));
}

}  // namespace

std::span<const std::string> hugging_face_types() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Importer& importer : kImporters) all.emplace_back(importer.type);
    return all;
  }();
  return names;
}

NetworkDescription import_hugging_face(const Yaml& root) {
  const std::string& type =
      read_choice(*root.find("model_type"), "model_type", hugging_face_types());
  const Config config(root);
  if (config.find("quantization_config") != nullptr) {
    config.refuse("quantization_config",
                  "quantised weights are not modelled; remove it, and say --dtypes");
  }
  for (const Importer& importer : kImporters) {
    if (importer.type != type) continue;
    NetworkDescription description = importer.import(config);
    description.name = config.word("_name_or_path", type);
    expect_sound_import(description, root);
    return description;
  }
  return {};
}

}  // namespace ergon
