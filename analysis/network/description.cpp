#include "analysis/network/description.h"

#include <filesystem>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "analysis/network/hugging_face.h"
#include "harness/config/json.h"
#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using D = NetworkDescription;

// 2^20 layers or 2^31 of anything else keep every product of counts within 63 bits' reach; what is
// still too large is refused by the primitives.
constexpr std::int64_t kCountMax = std::int64_t{1} << 31;
constexpr std::int64_t kLayersMax = 4096;

template <std::int64_t D::*member, std::int64_t low, std::int64_t high = kCountMax>
constexpr DescriptionField count(std::string_view name, std::string_view meaning) {
  return {.name = name,
          .meaning = meaning,
          .read =
              [](const Yaml& value, D& into) {
                into.*member = read_integer(value, "the field", {low, high});
              },
          .text = [](const D& from) { return std::to_string(from.*member); }};
}

template <bool D::*member>
constexpr DescriptionField flag(std::string_view name, std::string_view meaning) {
  return {.name = name,
          .meaning = meaning,
          .read = [](const Yaml& value, D& into) { into.*member = read_flag(value, "the field"); },
          .text = [](const D& from) { return std::string(from.*member ? "yes" : "no"); }};
}

// The names of an enum's values, in its order.
template <auto member, const auto& names>
constexpr DescriptionField choice(std::string_view name, std::string_view meaning) {
  using Enum = std::remove_reference_t<decltype(std::declval<D&>().*member)>;
  return {
      .name = name,
      .meaning = meaning,
      .read =
          [](const Yaml& value, D& into) {
            const std::vector<std::string> known(std::begin(names), std::end(names));
            const std::string& word = read_choice(value, "the field", known);
            std::uint8_t index = 0;
            while (known[index] != word) ++index;
            into.*member = static_cast<Enum>(index);
          },
      .text =
          [](const D& from) { return std::string(names[static_cast<std::size_t>(from.*member)]); }};
}

constexpr std::string_view kKinds[] = {"encoder", "decoder"};
constexpr std::string_view kPositions[] = {"learned", "rotary"};
constexpr std::string_view kPositionRows[] = {"sequence", "token"};
constexpr std::string_view kNormalizations[] = {"layernorm", "rmsnorm"};
constexpr std::string_view kActivations[] = {"gelu", "gelu_tanh", "swiglu"};
constexpr std::string_view kProjections[] = {"separate", "fused"};
constexpr std::string_view kScales[] = {"scores", "query"};
constexpr std::string_view kHeads[] = {"none", "lm", "masked_lm"};
constexpr std::string_view kLogits[] = {"all", "last"};

constexpr DescriptionField kFields[] = {
    {.name = "name",
     .meaning = "what the tree is called",
     .read = [](const Yaml& value,
                D& into) { into.name = read_word(value, "the field", "the network's name"); },
     .text = [](const D& from) { return from.name; }},
    choice<&D::kind, kKinds>("kind", "encoder: every token sees every other"),
    count<&D::layers, 1, kLayersMax>("layers", "blocks of attention and feed-forward"),
    count<&D::hidden, 1>("hidden", "elements of a token between layers"),
    count<&D::heads, 1>("heads", "of attention"),
    count<&D::kv_heads, 1>("kv_heads", "key and value heads; left out: heads"),
    count<&D::head_size, 1>("head_size", "left out: hidden / heads"),
    count<&D::feed_forward, 1>("feed_forward", "inner size; left out: 4 hidden"),
    count<&D::vocabulary, 1>("vocabulary", "rows of the word embedding"),
    count<&D::context, 1>("context", "tokens that a sequence may have"),
    count<&D::token_types, 0>("token_types", "rows of the segment embedding; 0: none"),
    choice<&D::positions, kPositions>("positions", "a table of them, or rotated heads"),
    choice<&D::position_rows, kPositionRows>("position_rows", "gathered per sequence or token"),
    count<&D::position_offset, 0>("position_offset", "rows of the table that no token uses"),
    choice<&D::normalization, kNormalizations>("normalization", "with or without a mean"),
    flag<&D::norm_first>("norm_first", "before the attention, or after its residual add"),
    flag<&D::embedding_norm>("embedding_norm", "one after the embeddings"),
    flag<&D::final_norm>("final_norm", "one after the last layer"),
    choice<&D::activation, kActivations>("activation", "swiglu has a gate beside it"),
    choice<&D::qkv, kProjections>("qkv", "three matrix products, or one"),
    flag<&D::attention_bias>("attention_bias", "of the four projections"),
    flag<&D::feed_forward_bias>("feed_forward_bias", "of its projections"),
    flag<&D::transposed>("transposed", "matrices stand output x input"),
    choice<&D::scale, kScales>("scale", "what 1 / sqrt(head size) multiplies"),
    count<&D::mask_passes, 0, 8>("mask_passes", "over the scores, where run eagerly"),
    flag<&D::cache>("cache", "keeps keys and values"),
    flag<&D::pooler>("pooler", "dense and tanh on the first token"),
    choice<&D::head, kHeads>("head", "over the vocabulary"),
    flag<&D::tied>("tied", "the head's matrix is the word embedding's"),
    choice<&D::logits, kLogits>("logits", "tokens that the head sees"),
};

const DescriptionField* field_named(std::string_view name) {
  for (const DescriptionField& field : kFields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

// Words of the shared readers with the field's own name.
void read_field(const DescriptionField& field, const Yaml& value, NetworkDescription& into) {
  try {
    field.read(value, into);
  } catch (const Error& error) {
    std::string text = error.what();
    const std::string_view generic = "the field";
    if (const std::size_t at = text.find(generic); at != std::string::npos) {
      text.replace(at, generic.size(), field.name);
    }
    throw Error(text);
  }
}

std::vector<std::string> field_names() {
  std::vector<std::string> names;
  for (const DescriptionField& field : kFields) names.emplace_back(field.name);
  return names;
}

NetworkDescription parse_own(const Yaml& root) {
  const std::vector<std::string> names = field_names();
  expect_map(root, "a network", names);
  NetworkDescription description;
  description.name = std::filesystem::path(*root.file).stem();
  for (std::size_t i = 0; i < root.keys.size(); ++i) {
    read_field(*field_named(root.keys[i].text), root.items[i], description);
  }
  for (const std::string_view needed :
       {"kind", "layers", "hidden", "heads", "vocabulary", "context"}) {
    if (root.find(needed) == nullptr) {
      root.fail(
          fmt::format("a network lacks {} ({}); give it", needed, field_named(needed)->meaning));
    }
  }
  return description;
}

}  // namespace

std::span<const DescriptionField> description_fields() { return kFields; }

NetworkDescription completed(NetworkDescription d) {
  if (d.kv_heads == 0) d.kv_heads = d.heads;
  if (d.head_size == 0) d.head_size = d.hidden / d.heads;
  if (d.feed_forward == 0) d.feed_forward = 4 * d.hidden;
  return d;
}

DescriptionFault fault_of(const NetworkDescription& d) {
  if (d.head_size == 0 && d.hidden % d.heads != 0) {
    return {"heads", fmt::format("hidden {} is not a multiple of heads {}; change one, or give "
                                 "head_size",
                                 d.hidden, d.heads)};
  }
  if (d.kv_heads != 0 && d.heads % d.kv_heads != 0) {
    return {"kv_heads", fmt::format("heads {} is not a multiple of kv_heads {}; change one",
                                    d.heads, d.kv_heads)};
  }
  if (d.kind == NetworkKind::encoder && d.cache) {
    return {"cache", "an encoder keeps no keys and values; remove it, or make kind decoder"};
  }
  if (d.kind == NetworkKind::encoder && d.head == Head::lm) {
    return {"head", "lm is a decoder's head; an encoder has none or masked_lm"};
  }
  if (d.kind == NetworkKind::decoder && (d.pooler || d.head == Head::masked_lm)) {
    return {d.pooler ? "pooler" : "head", "an encoder's; a decoder has head none or lm"};
  }
  if (d.kind == NetworkKind::encoder && d.logits == Logits::last) {
    return {"logits", "last is for a decoder; an encoder's head sees all tokens"};
  }
  if (d.positions == Positions::rotary && d.position_offset != 0) {
    return {"position_offset", "is of learned positions; remove it"};
  }
  if (d.positions == Positions::rotary && completed(d).head_size % 2 != 0) {
    return {"head_size", "is odd; rotary positions turn pairs of elements"};
  }
  if (d.position_offset >= d.context) {
    return {"position_offset",
            fmt::format("{} leaves no position of the context {}", d.position_offset, d.context)};
  }
  return {};
}

void expect_sound(const NetworkDescription& description, const Yaml& root) {
  const DescriptionFault fault = fault_of(description);
  if (fault.reason.empty()) return;
  const Yaml* const at = root.find(fault.field);
  (at != nullptr ? *at : root).fail(fault.field + ": " + fault.reason);
}

NetworkDescription description_of(const Yaml& root) {
  if (root.kind == Yaml::Kind::map && root.find("model_type") != nullptr) {
    return import_hugging_face(root);
  }
  NetworkDescription description = parse_own(root);
  expect_sound(description, root);
  return description;
}

NetworkDescription parse_json_description(const std::string& text, const std::string& file) {
  return description_of(parse_json(text, file));
}

void override_fields(NetworkDescription& description, std::span<const std::string> settings) {
  std::set<std::string> seen;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    const DescriptionField* const field = field_named(name);
    if (equals == std::string::npos || field == nullptr) {
      const std::vector<std::string> names = field_names();
      throw Error(
          fmt::format("--set {}: {}; known: {}{}", setting,
                      equals == std::string::npos ? "expected field=value" : "no such field",
                      joined(names), did_you_mean(name, names)));
    }
    if (!seen.insert(name).second) throw Error(fmt::format("--set {}: given twice", name));
    Yaml value;
    value.kind = Yaml::Kind::scalar;
    value.text = setting.substr(equals + 1);
    value.file = std::make_shared<const std::string>("--set " + setting);
    value.column = static_cast<int>(equals) + 2;
    read_field(*field, value, description);
  }
  const DescriptionFault fault = fault_of(description);
  if (!fault.reason.empty()) {
    throw Error(
        fmt::format("--set {}: {}: {}", fmt::join(settings, ","), fault.field, fault.reason));
  }
}

}  // namespace ergon
