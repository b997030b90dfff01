#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/config/yaml.h"

namespace ergon {

// Typed reads of YAML nodes. Each throws Error with the node's place, what stands there, what was
// expected and what to do. `what` names the node in messages: "threads", "axis m".

// Fails unless the node is a map whose keys are all known: lists them, suggests the nearest.
void expect_map(const Yaml& node, std::string_view what, std::span<const std::string> known);

// The elements of a list, or the node itself where it is no list; fails where it is empty.
[[nodiscard]] std::vector<const Yaml*> one_or_more(const Yaml& node, std::string_view what);

// A scalar that is not empty; `expected` completes the sentence "expected ...".
[[nodiscard]] const std::string& read_word(const Yaml& node, std::string_view what,
                                           std::string_view expected);

// A scalar among `known`.
[[nodiscard]] const std::string& read_choice(const Yaml& node, std::string_view what,
                                             std::span<const std::string> known);

struct IntegerRange {
  std::int64_t min, max;
};
// A decimal integer within the range, bounds included.
[[nodiscard]] std::int64_t read_integer(const Yaml& node, std::string_view what,
                                        IntegerRange range);

struct NumberRange {
  double min, max;
};
// A finite decimal number within the range, bounds included.
[[nodiscard]] double read_number(const Yaml& node, std::string_view what, NumberRange range);

// yes or no; true and false are understood too.
[[nodiscard]] bool read_flag(const Yaml& node, std::string_view what);

}  // namespace ergon
