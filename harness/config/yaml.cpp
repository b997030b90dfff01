#include "harness/config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "harness/config/spelling.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::size_t kNodesMax = 1'000'000;  // aliases of aliases double with every level

// Turns the library's nodes into ours.
struct Converter {
  std::shared_ptr<const std::string> file;
  std::size_t nodes = 0;

  Yaml convert(const YAML::Node& from, const Yaml& parent) {
    Yaml to = placed(from, parent);
    if (++nodes > kNodesMax) {
      to.fail("the document expands to more than a million nodes; write fewer aliases");
    }
    if (from.IsScalar()) {
      to.kind = Yaml::Kind::scalar;
      to.text = from.Scalar();
    } else if (from.IsSequence()) {
      to.kind = Yaml::Kind::list;
      for (const YAML::Node& item : from) to.items.push_back(convert(item, to));
    } else if (from.IsMap()) {
      to.kind = Yaml::Kind::map;
      convert_map(from, to);
    }
    return to;
  }

  void convert_map(const YAML::Node& from, Yaml& to) {
    std::set<std::string> seen;
    for (const auto& entry : from) {
      Yaml key = convert(entry.first, to);
      if (key.kind != Yaml::Kind::scalar) {
        key.fail(
            fmt::format("a key is {}; expected a word; quote it, or indent what belongs to "
                        "the key above",
                        key.description()));
      }
      if (!seen.insert(key.text).second) {
        const auto first = std::find_if(to.keys.begin(), to.keys.end(),
                                        [&](const Yaml& other) { return other.text == key.text; });
        key.fail_twice(*first);
      }
      to.items.push_back(convert(entry.second, key));
      to.keys.push_back(std::move(key));
    }
  }

  // An empty value stands where its key does: the library puts it where the next token starts.
  Yaml placed(const YAML::Node& from, const Yaml& parent) const {
    Yaml to;
    to.file = file;
    const YAML::Mark mark = from.Mark();
    const bool known = !mark.is_null() && !from.IsNull();
    to.line = known ? mark.line + 1 : parent.line;
    to.column = known ? mark.column + 1 : parent.column;
    return to;
  }
};

// What the library says of the commonest slips, in the words of a person who wrote the file.
std::string plain_words(const std::string& message) {
  if (message == "end of map flow not found") return "a '{' has no '}'";
  if (message == "end of sequence flow not found") return "a '[' has no ']'";
  if (message == "illegal map value") return "a ':' stands where no value can";
  if (message == "end of map not found") return "a map ends before its next key";
  if (message == "end of sequence not found") return "a list ends before its next '-'";
  return message;
}

Yaml document_at(const std::string& file, int line, int column) {
  Yaml root;
  root.file = std::make_shared<const std::string>(file);
  root.line = line;
  root.column = column;
  return root;
}

Yaml place_of_byte(const std::string& text, const std::string& file, std::size_t at) {
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const std::size_t newline = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t start = newline == std::string::npos ? 0 : newline + 1;
  return document_at(file, static_cast<int>(line) + 1, static_cast<int>(at - start) + 1);
}

// Index of the first byte that is not UTF-8 or is a control character; npos where all is well.
// The text goes verbatim into result files, whose strings are UTF-8.
std::size_t find_foreign_byte(const std::string& text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    if (control || byte == 0x7f) return i;
    const std::size_t length = byte < 0x80           ? 1
                               : (byte >> 5) == 0x6  ? 2
                               : (byte >> 4) == 0xe  ? 3
                               : (byte >> 3) == 0x1e ? 4
                                                     : 0;
    if (length == 0 || i + length > text.size()) return i;
    for (std::size_t j = 1; j < length; ++j) {
      if ((static_cast<unsigned char>(text[i + j]) >> 6) != 0x2) return i;
    }
    i += length;
  }
  return std::string::npos;
}

// Index of the first tab that indents a line; npos where there is none.
std::size_t find_indenting_tab(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\t') continue;
    const std::size_t before = i == 0 ? std::string::npos : text.find_last_not_of(' ', i - 1);
    if (before == std::string::npos || text[before] == '\n') return i;
  }
  return std::string::npos;
}

}  // namespace

Yaml parse_yaml(const std::string& text, const std::string& file) {
  const std::size_t foreign = find_foreign_byte(text);
  if (foreign != std::string::npos) {
    place_of_byte(text, file, foreign)
        .fail(
            fmt::format("byte 0x{:02x} is no text; expected YAML in UTF-8; save the file as UTF-8",
                        static_cast<unsigned char>(text[foreign])));
  }
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    Converter converter{std::make_shared<const std::string>(file)};
    const Yaml start = document_at(file, 1, 1);
    if (documents.empty()) return start;
    if (documents.size() > 1) {
      converter.placed(documents[1], start)
          .fail("a second document starts here; expected one; split the file at its '---'");
    }
    return converter.convert(documents[0], start);
  } catch (const YAML::Exception& error) {
    const std::size_t tab = find_indenting_tab(text);
    if (tab != std::string::npos) {
      place_of_byte(text, file, tab)
          .fail("a tab indents this line; YAML is indented by spaces; replace the tab");
    }
    const bool placed = !error.mark.is_null();
    document_at(file, placed ? error.mark.line + 1 : 1, placed ? error.mark.column + 1 : 1)
        .fail(fmt::format("not YAML: {}; look for a bracket, quote or indentation that is off here "
                          "or just above",
                          plain_words(error.msg)));
  }
}

}  // namespace ergon
