#include "analysis/network/transformer.h"

#include <string>

namespace ergon {
namespace {

// Layers as modeling_bert.py, modeling_gpt2.py and modeling_llama.py of Hugging Face's transformers
// run them, operation by operation. Names of modules and operations are one for all of them.
class Transformer {
 public:
  Transformer(NetworkBuilder& builder, const NetworkDescription& description,
              const Workload& workload, const Run& run)
      : b_(builder), d_(description), w_(workload), run_(run) {}

  void embeddings();
  void layer(std::int64_t index);
  void after_layers();

 private:
  [[nodiscard]] std::int64_t tokens() const { return run_.batch * run_.queries; }
  [[nodiscard]] std::int64_t hidden_elements() const { return tokens() * d_.hidden; }
  [[nodiscard]] std::int64_t score_elements() const {
    return run_.batch * d_.heads * run_.queries * run_.keys;
  }
  [[nodiscard]] std::int64_t head_elements(std::int64_t heads) const {
    return tokens() * heads * d_.head_size;
  }
  [[nodiscard]] bool eager() const { return w_.elementwise == Elementwise::eager; }
  [[nodiscard]] bool decoder() const { return d_.kind == NetworkKind::decoder; }

  struct Linear {
    std::int64_t rows, inputs, outputs;
    bool bias;
  };
  void linear(std::string_view name, const Linear& linear,
              NetworkBuilder::Weights weights = NetworkBuilder::Weights::own);
  void norm(std::string_view name, std::int64_t rows);
  void activation();
  void gelu(std::string_view name, std::int64_t elements, bool tanh);
  void gelu_eagerly(std::int64_t elements);
  void attention();
  void projections();
  void split(std::string_view name, std::int64_t heads);
  void rotate(const std::string& of, std::int64_t heads);
  void store();
  void composed_attention();
  void scale_and_mask();
  void feed_forward();
  void head();
  void masked_lm_head();

  NetworkBuilder& b_;
  const NetworkDescription& d_;
  const Workload& w_;
  const Run& run_;
};

void Transformer::linear(std::string_view name, const Linear& l, NetworkBuilder::Weights weights) {
  b_.add(name, "gemm", {{"m", l.rows}, {"n", l.outputs}, {"k", l.inputs}},
         {{"transpose_b", d_.transposed ? "yes" : "no"}, {"bias", l.bias ? "yes" : "no"}}, weights);
}

void Transformer::norm(std::string_view name, std::int64_t rows) {
  b_.add(name, d_.normalization == Normalization::layernorm ? "layernorm" : "rmsnorm",
         {{"rows", rows}, {"columns", d_.hidden}});
}

void Transformer::embeddings() {
  b_.open("embeddings", "embeddings");
  const auto look_up = [&](std::string_view name, std::int64_t rows, std::int64_t table) {
    b_.add(name, "embedding", {{"tokens", rows}, {"columns", d_.hidden}, {"vocabulary", table}});
  };
  look_up("words", tokens(), d_.vocabulary);
  if (d_.token_types > 0) {
    look_up("token_types", tokens(), d_.token_types);
    b_.pass_of_two("add_token_types", hidden_elements());
  }
  if (d_.positions == Positions::learned) {
    look_up("positions", d_.position_rows == PositionRows::sequence ? run_.queries : tokens(),
            d_.context);
    b_.pass_of_two("add_positions", hidden_elements());
  }
  if (d_.embedding_norm) norm("norm", tokens());
  b_.close();
}

void Transformer::layer(std::int64_t index) {
  b_.open("layer." + std::to_string(index), "layer");
  attention();
  feed_forward();
  b_.close();
}

void Transformer::attention() {
  b_.open("attention", "attention");
  if (d_.norm_first) norm("norm", tokens());
  projections();
  if (d_.cache) store();
  if (w_.attention == AttentionForm::fused) {
    b_.add("attention", "attention",
           {{"batch", run_.batch},
            {"heads", d_.heads},
            {"kv_heads", d_.kv_heads},
            {"queries", run_.queries},
            {"keys", run_.keys},
            {"head_size", d_.head_size}},
           {{"mask", decoder() ? "causal" : "none"}});
  } else {
    composed_attention();
  }
  if (run_.queries > 1) {  // of one token, the heads are side by side already
    b_.add("merge_heads", "merge_heads",
           {{"batch", run_.batch},
            {"sequence", run_.queries},
            {"heads", d_.heads},
            {"head_size", d_.head_size}});
  }
  linear("output", {tokens(), d_.heads * d_.head_size, d_.hidden, d_.attention_bias});
  b_.pass_of_two("residual", hidden_elements());
  if (!d_.norm_first) norm("norm", tokens());
  b_.close();
}

void Transformer::projections() {
  const std::int64_t queries = d_.heads * d_.head_size;
  const std::int64_t keys = d_.kv_heads * d_.head_size;
  if (d_.qkv == Projection::fused) {
    linear("query_key_value", {tokens(), d_.hidden, queries + 2 * keys, d_.attention_bias});
  } else {
    linear("query", {tokens(), d_.hidden, queries, d_.attention_bias});
    linear("key", {tokens(), d_.hidden, keys, d_.attention_bias});
    linear("value", {tokens(), d_.hidden, keys, d_.attention_bias});
  }
  split("split_query", d_.heads);
  split("split_key", d_.kv_heads);
  split("split_value", d_.kv_heads);
  if (d_.positions == Positions::rotary) {
    rotate("query", d_.heads);
    rotate("key", d_.kv_heads);
  }
}

// Heads of one token are side by side already: nothing moves.
void Transformer::split(std::string_view name, std::int64_t heads) {
  if (run_.queries == 1) return;
  b_.add(name, "split_heads",
         {{"batch", run_.batch},
          {"sequence", run_.queries},
          {"heads", heads},
          {"head_size", d_.head_size}});
}

// Eagerly: x cos + rotate_half(x) sin, where rotate_half negates one half and joins it to the other
// (modeling_llama.py, apply_rotary_pos_emb).
void Transformer::rotate(const std::string& of, std::int64_t heads) {
  const std::int64_t elements = head_elements(heads);
  if (!eager()) {
    b_.add("rotate_" + of, "rotary",
           {{"batch", run_.batch},
            {"sequence", run_.queries},
            {"heads", heads},
            {"head_size", d_.head_size}});
    return;
  }
  b_.open("rotate_" + of, "rotary");
  b_.pass("times_cosine", elements);
  b_.pass("negate_half", elements / 2);
  b_.pass("join_halves", elements);
  b_.pass("times_sine", elements);
  b_.pass_of_two("add", elements);
  b_.close();
}

void Transformer::store() {
  b_.pass("store_keys", head_elements(d_.kv_heads));
  b_.pass("store_values", head_elements(d_.kv_heads));
}

// Query heads that share a key head are rows of one product with it. Eagerly keys and values are
// repeated for each query head first (modeling_llama.py, repeat_kv).
void Transformer::composed_attention() {
  std::int64_t products = run_.batch * d_.kv_heads;
  std::int64_t rows = run_.queries * (d_.heads / d_.kv_heads);
  if (eager() && d_.kv_heads != d_.heads) {
    products = run_.batch * d_.heads;
    rows = run_.queries;
    b_.pass("repeat_keys", products * run_.keys * d_.head_size);
    b_.pass("repeat_values", products * run_.keys * d_.head_size);
  }
  b_.add("scores", "batched_gemm",
         {{"batch", products}, {"m", rows}, {"n", run_.keys}, {"k", d_.head_size}},
         {{"transpose_b", "yes"}});
  scale_and_mask();
  b_.add("softmax", "softmax",
         {{"rows", run_.batch * d_.heads * run_.queries}, {"columns", run_.keys}});
  b_.add("context", "batched_gemm",
         {{"batch", products}, {"m", rows}, {"n", d_.head_size}, {"k", run_.keys}});
}

void Transformer::scale_and_mask() {
  if (!eager()) {
    b_.add("scale_mask", "scale_mask",
           {{"batch", run_.batch},
            {"heads", d_.heads},
            {"queries", run_.queries},
            {"keys", run_.keys}},
           {{"mask", decoder() ? "causal" : "padding"}});
    return;
  }
  b_.pass("scale", d_.scale == ScaleOf::scores ? score_elements() : head_elements(d_.heads));
  for (std::int64_t i = 0; i < d_.mask_passes; ++i) b_.pass("mask", score_elements());
}

void Transformer::feed_forward() {
  b_.open("feed_forward", "feed_forward");
  if (d_.norm_first) norm("norm", tokens());
  const Linear up = {tokens(), d_.hidden, d_.feed_forward, d_.feed_forward_bias};
  if (d_.activation == Activation::swiglu) linear("gate", up);
  linear("up", up);
  activation();
  linear("down", {tokens(), d_.feed_forward, d_.hidden, d_.feed_forward_bias});
  b_.pass_of_two("residual", hidden_elements());
  if (!d_.norm_first) norm("norm", tokens());
  b_.close();
}

void Transformer::activation() {
  const std::int64_t elements = tokens() * d_.feed_forward;
  if (d_.activation != Activation::swiglu) {
    gelu("activation", elements, d_.activation == Activation::gelu_tanh);
  } else if (!eager()) {
    b_.add("activation", "swiglu", {{"elements", elements}});
  } else {
    b_.open("activation", "activation");
    b_.pass("silu", elements);
    b_.pass_of_two("times_up", elements);
    b_.close();
  }
}

// The erf form is one launch everywhere; the tanh form is written out in Python.
void Transformer::gelu(std::string_view name, std::int64_t elements, bool tanh) {
  if (tanh && eager()) {
    gelu_eagerly(elements);
  } else {
    b_.add(name, "gelu", {{"elements", elements}}, {{"form", tanh ? "tanh" : "erf"}});
  }
}

// 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))): transformers/activations.py, NewGELU.
void Transformer::gelu_eagerly(std::int64_t elements) {
  b_.open("activation", "activation");
  b_.pass("cube", elements);
  b_.pass("times_constant", elements);
  b_.pass_of_two("add", elements);
  b_.pass("times_root", elements);
  b_.add("tanh", "tanh", {{"elements", elements}});
  b_.pass("add_one", elements);
  b_.pass("half", elements);
  b_.pass_of_two("product", elements);
  b_.close();
}

void Transformer::after_layers() {
  if (d_.final_norm) norm("final_norm", tokens());
  if (d_.pooler) {
    b_.open("pooler", "pooler");
    linear("dense", {run_.batch, d_.hidden, d_.hidden, true});
    b_.add("tanh", "tanh", {{"elements", run_.batch * d_.hidden}});
    b_.close();
  }
  switch (d_.head) {
    case Head::none:
      return;
    case Head::lm:
      return head();
    case Head::masked_lm:
      return masked_lm_head();
  }
}

void Transformer::head() {
  const bool last = d_.logits == Logits::last && run_.queries > 1;
  b_.open("head", "head");
  linear("logits", {last ? run_.batch : tokens(), d_.hidden, d_.vocabulary, false},
         d_.tied ? NetworkBuilder::Weights::shared : NetworkBuilder::Weights::own);
  b_.close();
}

void Transformer::masked_lm_head() {
  b_.open("head", "head");
  linear("transform", {tokens(), d_.hidden, d_.hidden, true});
  gelu("activation", hidden_elements(), d_.activation == Activation::gelu_tanh);
  norm("norm", tokens());
  linear("logits", {tokens(), d_.hidden, d_.vocabulary, true},
         d_.tied ? NetworkBuilder::Weights::shared : NetworkBuilder::Weights::own);
  b_.close();
}

}  // namespace

void add_transformer(NetworkBuilder& builder, const NetworkDescription& description,
                     const Workload& workload, const Run& run) {
  Transformer transformer(builder, description, workload, run);
  transformer.embeddings();
  for (std::int64_t i = 0; i < description.layers; ++i) transformer.layer(i);
  transformer.after_layers();
}

}  // namespace ergon
