#include "harness/config/yaml_values.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include "harness/config/spelling.h"

namespace ergon {
namespace {

std::string integers_of(IntegerRange range) {
  if (range.max == std::numeric_limits<std::int64_t>::max()) {
    return fmt::format("an integer of at least {}", range.min);
  }
  return fmt::format("an integer from {} to {}", range.min, range.max);
}

std::string numbers_of(NumberRange range) {
  if (range.max == std::numeric_limits<double>::max()) {
    if (range.min == std::numeric_limits<double>::lowest()) return "a number";
    return fmt::format("a number of at least {}", range.min);
  }
  return fmt::format("a number from {} to {}", range.min, range.max);
}

}  // namespace

void expect_map(const Yaml& node, std::string_view what, std::span<const std::string> known) {
  if (node.kind != Yaml::Kind::map) {
    node.fail(fmt::format("{} is {}; expected a map with keys among: {}", what, node.description(),
                          joined(known)));
  }
  for (const Yaml& key : node.keys) {
    if (known.empty()) {
      key.fail(fmt::format("{} takes no keys; expected just its name; remove {}", what,
                           key.description()));
    }
    bool is_known = false;
    for (const std::string& name : known) is_known = is_known || name == key.text;
    if (!is_known) {
      key.fail(fmt::format("unknown key {} in {}; known: {}{}", key.description(), what,
                           joined(known), did_you_mean(key.text, known)));
    }
  }
}

std::vector<const Yaml*> one_or_more(const Yaml& node, std::string_view what) {
  if (node.kind == Yaml::Kind::nothing || (node.kind == Yaml::Kind::list && node.items.empty())) {
    node.fail(fmt::format("{} is {}; expected at least one value; give one, or remove the key",
                          what, node.description()));
  }
  if (node.kind != Yaml::Kind::list) return {&node};
  std::vector<const Yaml*> elements;
  for (const Yaml& item : node.items) elements.push_back(&item);
  return elements;
}

const std::string& read_word(const Yaml& node, std::string_view what, std::string_view expected) {
  if (node.kind != Yaml::Kind::scalar || node.text.empty()) {
    node.fail(fmt::format("{} is {}; expected {}", what, node.description(), expected));
  }
  return node.text;
}

const std::string& read_choice(const Yaml& node, std::string_view what,
                               std::span<const std::string> known) {
  const std::string expected = fmt::format("one of: {}", joined(known));
  const std::string& word = read_word(node, what, expected);
  for (const std::string& name : known) {
    if (name == word) return word;
  }
  node.fail(fmt::format("{} is {}; expected {}{}", what, node.description(), expected,
                        did_you_mean(word, known)));
}

std::int64_t read_integer(const Yaml& node, std::string_view what, IntegerRange range) {
  const std::string expected = integers_of(range);
  const std::string& word = read_word(node, what, expected);
  std::int64_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [stopped, error] = std::from_chars(word.data(), end, value);
  if (error == std::errc::result_out_of_range && stopped == end) {
    node.fail(fmt::format("{} is {}, which does not fit 64 bits; expected {} and at most {}", what,
                          word, expected, range.max));
  }
  if (error != std::errc() || stopped != end) {
    node.fail(fmt::format("{} is {}, not an integer; expected {}, written in decimal digits only",
                          what, node.description(), expected));
  }
  if (value < range.min || value > range.max) {
    node.fail(fmt::format("{} is {}; expected {}", what, word, expected));
  }
  return value;
}

double read_number(const Yaml& node, std::string_view what, NumberRange range) {
  const std::string expected = numbers_of(range);
  const std::string& word = read_word(node, what, expected);
  double value = 0;
  const char* const end = word.data() + word.size();
  const auto [stopped, error] = std::from_chars(word.data(), end, value);
  if (error != std::errc() || stopped != end || !std::isfinite(value)) {
    node.fail(fmt::format("{} is {}, not a finite number; expected {}", what, node.description(),
                          expected));
  }
  if (value < range.min || value > range.max) {
    node.fail(fmt::format("{} is {}; expected {}", what, word, expected));
  }
  return value;
}

bool read_flag(const Yaml& node, std::string_view what) {
  const std::string& word = read_word(node, what, "yes or no");
  if (word == "yes" || word == "true") return true;
  if (word == "no" || word == "false") return false;
  node.fail(fmt::format("{} is {}; expected yes or no", what, node.description()));
}

}  // namespace ergon
