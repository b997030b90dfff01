#include "harness/submit/shell_word.h"

#include <algorithm>

#include <fmt/format.h>

#include "harness/config/yaml_values.h"

namespace ergon {
namespace {

constexpr std::size_t kPlainBytes = 255;
constexpr std::size_t kQuotableBytes = 4096;

// Not of <cctype>, which asks the locale.
bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

std::string shell_quoted_words(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text += " " + shell_quoted(word);
  return text;
}

bool is_plain(std::string_view word, std::string_view others) {
  return !word.empty() && word.size() <= kPlainBytes && word.front() != '-' &&
         std::ranges::all_of(word, [&](char c) {
           return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
         });
}

const std::string& read_plain(const Yaml& node, std::string_view what, std::string_view others) {
  const std::string& word = read_word(node, what, "a word");
  if (!is_plain(word, others)) {
    node.fail(
        fmt::format("{} is {}; expected at most {} letters, digits and characters of \"{}\", and "
                    "no dash in front, since a script repeats it",
                    what, node.description(), kPlainBytes, others));
  }
  return word;
}

const std::string& read_quotable(const Yaml& node, std::string_view what) {
  if (node.kind != Yaml::Kind::scalar) {
    node.fail(fmt::format("{} is {}; expected a text", what, node.description()));
  }
  const bool printable = std::ranges::all_of(
      node.text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  if (!printable || node.text.size() > kQuotableBytes) {
    node.fail(fmt::format("{} holds a control character or more than {} bytes; expected one line",
                          what, kQuotableBytes));
  }
  return node.text;
}

}  // namespace ergon
