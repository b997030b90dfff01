#include "analysis/foreign/irene_network.h"

#include <algorithm>
#include <string_view>

#include "analysis/network/description_file.h"
#include "analysis/network/network.h"

namespace ergon::irene {
namespace {

// What a class of transformers (3.x and 4.x) computes, as operations of our layer of the same
// network. `within` is the module; `without` are its operations that stand outside the class.
struct Part {
  std::string_view type, within;
  std::vector<std::string_view> without{};
  std::vector<std::string_view> only{};  // empty: all but `without`
};

const std::vector<Part>& parts() {
  static const std::vector<Part> kParts = [] {
    const std::vector<std::string_view> after_attention = {"output", "residual", "norm"};
    std::vector<Part> all = {
        {.type = "BertSelfAttention", .within = "attention", .without = after_attention},
        {.type = "BertSelfOutput", .within = "attention", .only = after_attention},
        {.type = "BertAttention", .within = "attention"},
        {.type = "BertIntermediate", .within = "feed_forward", .only = {"up", "activation"}},
        {.type = "BertOutput", .within = "feed_forward", .only = {"down", "residual", "norm"}},
        {.type = "BertLayer", .within = ""},
        {.type = "MultiHeadSelfAttention", .within = "attention", .without = {"residual", "norm"}},
        {.type = "FFN", .within = "feed_forward", .without = {"residual", "norm"}},
        {.type = "TransformerBlock", .within = ""},
        {.type = "Attention", .within = "attention", .without = {"residual", "norm"}},
        {.type = "MLP", .within = "feed_forward", .without = {"residual", "norm"}},
        {.type = "Block", .within = ""},
    };
    return all;
  }();
  return kParts;
}

// RoBERTa's classes are BERT's by another name.
const Part* part_of(std::string type) {
  if (type.starts_with("Roberta")) type.replace(0, 7, "Bert");
  for (const Part& part : parts()) {
    if (part.type == type) return &part;
  }
  return nullptr;
}

// "attention/scores" of ".../layer.0/attention/scores"; empty outside layer 0.
std::string place_in_layer(const Network& network, int node) {
  const std::string path = network.path(node);
  const std::string_view layer = "/layer.0/";
  const std::size_t at = path.find(layer);
  return at == std::string::npos ? "" : path.substr(at + layer.size());
}

bool holds(const Part& part, const std::string& place) {
  if (place.empty()) return false;
  if (part.within.empty()) return true;
  const std::string prefix = std::string(part.within) + "/";
  if (!place.starts_with(prefix)) return false;
  const std::string name =
      place.substr(prefix.size(), place.find('/', prefix.size()) - prefix.size());
  const auto among = [&](const auto& names) {
    return std::ranges::find(names, name) != names.end();
  };
  return part.only.empty() ? !among(part.without) : among(part.only);
}

void count(Composition& composition, const Problem& problem) {
  const auto same = std::ranges::find_if(composition, [&](const Launches& launches) {
    return launches.problem.primitive == problem.primitive &&
           launches.problem.extents == problem.extents &&
           launches.problem.choices == problem.choices;
  });
  if (same != composition.end()) {
    ++same->count;
  } else {
    composition.push_back({.problem = problem, .count = 1});
  }
}

}  // namespace

std::filesystem::path Networks::file_of(std::string model) const {
  const std::string_view uncased = "-uncased";
  if (model.ends_with(uncased)) model.resize(model.size() - uncased.size());
  return folder_ / (model + ".yaml");
}

bool Networks::has(const std::string& model) const {
  return std::filesystem::exists(file_of(model));
}

const NetworkDescription& Networks::description(const std::string& model) {
  const auto known = descriptions_.find(model);
  if (known != descriptions_.end()) return known->second;
  NetworkDescription read = read_description(file_of(model));
  read.head = Head::none;
  return descriptions_.emplace(model, std::move(read)).first->second;
}

Composition Networks::composition(const Measurement& measurement) {
  const Part* const part = measurement.level == Level::module ? part_of(measurement.type) : nullptr;
  if (measurement.level != Level::model && part == nullptr) return {};
  NetworkDescription of = description(measurement.model);
  if (part != nullptr) of.layers = 1;
  const Network network = build_network(of, {.batch = measurement.batch,
                                             .sequence = measurement.sequence,
                                             .elementwise = Elementwise::eager});
  Composition composition;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    if (!node.is_operation()) continue;
    if (part != nullptr && !holds(*part, place_in_layer(network, static_cast<int>(i)))) continue;
    count(composition, node.problem);
  }
  return composition;
}

}  // namespace ergon::irene
