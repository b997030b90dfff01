#include "harness/config/json.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ergon {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDepthMax = 100;

// Tells how far the library has read.
struct Cursor {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  const char* at;
  const char** read;
  reference operator*() const { return *at; }
  Cursor& operator++() {
    *read = ++at;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at == other.at; }
};

// Builds our nodes from the library's events. A token begins behind the one before it, whatever
// space and punctuation stands between.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  Builder(const std::string& text, const std::string& file)
      : end_(text.data() + text.size()), read_(text.data()), place_(text.data()) {
    root_.file = std::make_shared<const std::string>(file);
  }

  Yaml build(const char* begin) && {
    Json::sax_parse(Cursor{begin, &read_}, Cursor{end_, &read_}, this);
    return std::move(root_);
  }

  bool null() override { return put(Yaml::Kind::nothing, ""); }
  bool boolean(bool value) override { return put(Yaml::Kind::scalar, value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { return number(std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) override { return number(std::to_string(value)); }
  bool number_float(double, const std::string& written) override { return number(written); }
  bool string(std::string& value) override { return put(Yaml::Kind::scalar, value); }
  bool binary(Json::binary_t&) override { return false; }  // JSON has none

  bool start_object(std::size_t) override { return open(Yaml::Kind::map); }
  bool start_array(std::size_t) override { return open(Yaml::Kind::list); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    Yaml node = next(Yaml::Kind::scalar, name);
    Yaml& map = *open_.back();
    const auto [first, fresh] = keys_.back().try_emplace(name, map.keys.size());
    if (!fresh) node.fail_twice(map.keys[first->second]);
    map.keys.push_back(std::move(node));
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    next(Yaml::Kind::nothing, "")
        .fail("not JSON; look for a bracket, quote or comma that is off here or just above");
  }

 private:
  // A node where the token that was just read begins.
  Yaml next(Yaml::Kind kind, const std::string& value) {
    const char* begin = last_;
    while (begin < end_ && std::string_view(" \t\r\n,:").find(*begin) != std::string_view::npos) {
      ++begin;
    }
    for (; place_ < begin; ++place_) {
      ++column_;
      if (*place_ != '\n') continue;
      ++line_;
      column_ = 1;
    }
    last_ = std::max(last_, read_);
    Yaml node;
    node.kind = kind;
    node.text = value;
    node.file = root_.file;
    node.line = line_;
    node.column = column_;
    return node;
  }

  // Parents of what is open do not move: nothing is put beside them until they are closed.
  Yaml& add(Yaml node) {
    if (open_.empty()) return root_ = std::move(node);
    return open_.back()->items.emplace_back(std::move(node));
  }
  bool put(Yaml::Kind kind, const std::string& value) {
    add(next(kind, value));
    return true;
  }
  // To see where a number ends the library has read on, unless the text ends there.
  bool number(const std::string& written) {
    put(Yaml::Kind::scalar, written);
    const char last = *(last_ - 1);
    if (last < '0' || last > '9') --last_;
    return true;
  }
  bool open(Yaml::Kind kind) {
    Yaml node = next(kind, "");
    if (open_.size() == kDepthMax) {
      node.fail(
          fmt::format("nested deeper than {} levels; expected a plain description", kDepthMax));
    }
    open_.push_back(&add(std::move(node)));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    (void)next(Yaml::Kind::nothing, "");
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  const char* end_;
  const char* read_;   // behind what the library has looked at
  const char* place_;  // what line_ and column_ are of
  const char* last_ = place_;
  int line_ = 1, column_ = 1;
  Yaml root_;
  std::vector<Yaml*> open_;
  std::vector<std::map<std::string, std::size_t>> keys_;  // of what is open
};

}  // namespace

Yaml parse_json(const std::string& text, const std::string& file) {
  return Builder(text, file).build(text.data());
}

}  // namespace ergon
