#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/config/yaml.h"

namespace ergon {

enum class NetworkKind : std::uint8_t { encoder, decoder };
enum class Normalization : std::uint8_t { layernorm, rmsnorm };
enum class Positions : std::uint8_t { learned, rotary };
enum class PositionRows : std::uint8_t { sequence, token };
enum class Activation : std::uint8_t { gelu, gelu_tanh, swiglu };
enum class Projection : std::uint8_t { separate, fused };
enum class ScaleOf : std::uint8_t { scores, query };
enum class Head : std::uint8_t { none, lm, masked_lm };
enum class Logits : std::uint8_t { all, last };

// What a transformer is: the fields of a file in configs/networks, and what a config.json of
// Hugging Face's says. A field of 0 that has a rule takes it from the others (description.cpp).
struct NetworkDescription {
  std::string name{};
  NetworkKind kind = NetworkKind::encoder;
  std::int64_t layers = 0, hidden = 0, heads = 0;
  std::int64_t kv_heads = 0;      // 0: heads
  std::int64_t head_size = 0;     // 0: hidden / heads
  std::int64_t feed_forward = 0;  // 0: 4 hidden
  std::int64_t vocabulary = 0;
  std::int64_t context = 0;      // tokens that a sequence may have; rows of learned positions
  std::int64_t token_types = 0;  // rows of the segment table; 0: there is none
  Positions positions = Positions::learned;
  // How many rows an embedding of learned positions gathers: one a position, or one a token.
  PositionRows position_rows = PositionRows::sequence;
  std::int64_t position_offset = 0;  // rows of the position table that no token uses
  Normalization normalization = Normalization::layernorm;
  bool norm_first = false;      // before attention and feed-forward, or after their residual add
  bool embedding_norm = false;  // one more after the embeddings
  bool final_norm = false;      // one more after the last layer
  Activation activation = Activation::gelu;
  Projection qkv = Projection::separate;
  bool attention_bias = true, feed_forward_bias = true;
  bool transposed = true;           // matrices stand output x input, as those of a Linear layer do
  ScaleOf scale = ScaleOf::scores;  // what 1 / sqrt(head size) multiplies, where it has a pass
  std::int64_t mask_passes = 1;     // over the scores, where every operation is a launch
  bool cache = false;               // keeps keys and values for the tokens to come
  bool pooler = false;              // dense + tanh on the first token
  Head head = Head::none;
  bool tied = false;            // the head's matrix is the word embedding's
  Logits logits = Logits::all;  // tokens that the head sees in prefill
  bool operator==(const NetworkDescription&) const = default;
};

// A field by its name in YAML and in --set.
struct DescriptionField {
  std::string_view name;
  std::string_view meaning;
  // Reads a value into the description; throws Error with the node's place.
  void (*read)(const Yaml& value, NetworkDescription& into);
  std::string (*text)(const NetworkDescription&);
};
[[nodiscard]] std::span<const DescriptionField> description_fields();

// Why fields do not go together, and which of them is to blame; empty where they do.
struct DescriptionFault {
  std::string field{}, reason{};
};
[[nodiscard]] DescriptionFault fault_of(const NetworkDescription& description);

// Fields of 0 that have a rule, worked out.
[[nodiscard]] NetworkDescription completed(NetworkDescription description);

// A description from a document: that of a file of configs/networks, or of a config.json (which has
// a key model_type). Throws Error("file:line:column: ..."). Rules are not worked out yet.
[[nodiscard]] NetworkDescription description_of(const Yaml& root);
// The same from JSON, for which the YAML library is not needed: description_file.h reads either.
[[nodiscard]] NetworkDescription parse_json_description(const std::string& text,
                                                        const std::string& file);

// Overrides fields: {"layers=6"}. Throws Error that names the override.
void override_fields(NetworkDescription& description, std::span<const std::string> settings);

// Throws Error at the field's place in `root`, or at the root, where fault_of finds one.
void expect_sound(const NetworkDescription& description, const Yaml& root);

}  // namespace ergon
