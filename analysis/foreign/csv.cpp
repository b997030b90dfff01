#include "analysis/foreign/csv.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {

namespace {

// Reads field by field; a field may hold line ends where it is quoted.
class Parser {
 public:
  Parser(std::string_view text, std::string_view name) : text_(text), name_(name) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark, as spreadsheets write it
  }

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] int line() const { return line_; }

  // One record; empty for an empty line.
  std::vector<std::string> record() {
    std::vector<std::string> fields;
    for (;;) {
      fields.push_back(field());
      if (done()) break;
      const char end = text_[at_++];
      if (end == ',') continue;
      if (end == '\r' && !done() && text_[at_] == '\n') ++at_;
      ++line_;
      break;
    }
    if (fields.size() == 1 && fields.front().empty()) fields.clear();
    return fields;
  }

 private:
  std::string field() {
    std::string value;
    if (done() || text_[at_] != '"') {
      const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
      value = text_.substr(at_, end - at_);
      at_ = end;
      return value;
    }
    const int begin = line_;
    for (++at_; !done(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      }
      line_ += text_[at_] == '\n';
      value += text_[at_];
    }
    if (done()) throw Error(fmt::format("{}:{}: the quote is never closed", name_, begin));
    ++at_;
    if (!done() && std::string_view(",\r\n").find(text_[at_]) == std::string_view::npos) {
      throw Error(fmt::format("{}:{}: text behind a closed quote", name_, line_));
    }
    return value;
  }

  std::string_view text_, name_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::size_t Csv::at(std::string_view column) const {
  const auto found = std::ranges::find(columns, column);
  if (found == columns.end()) {
    throw Error(
        fmt::format("{}: has no column '{}'; it has {}", name, column, fmt::join(columns, ", ")));
  }
  return static_cast<std::size_t>(found - columns.begin());
}

double Csv::number(const Row& row, std::size_t column) const {
  const std::string& text = row.fields.at(column);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || !std::isfinite(value)) {
    throw Error(fmt::format("{}{} '{}' is no number", place(row), columns[column], text));
  }
  return value;
}

std::int64_t Csv::integer(const Row& row, std::size_t column) const {
  const double value = number(row, column);
  if (value != std::floor(value) || std::abs(value) > 0x1p53) {
    throw Error(
        fmt::format("{}{} '{}' is no integer", place(row), columns[column], row.fields[column]));
  }
  return static_cast<std::int64_t>(value);
}

std::string Csv::place(const Row& row) const { return fmt::format("{}:{}: ", name, row.line); }

Csv parse_csv(std::string_view text, std::string_view name) {
  Parser parser(text, name);
  Csv csv{.name = std::string(name)};
  while (!parser.done()) {
    const int line = parser.line();
    std::vector<std::string> fields = parser.record();
    if (fields.empty()) continue;
    if (csv.columns.empty()) {
      csv.columns = std::move(fields);
      continue;
    }
    if (fields.size() != csv.columns.size()) {
      throw Error(fmt::format("{}:{}: has {} fields, the header {}; is the file cut off?", name,
                              line, fields.size(), csv.columns.size()));
    }
    csv.rows.push_back({std::move(fields), line});
  }
  if (csv.columns.empty()) throw Error(fmt::format("{}: is empty; expected a header line", name));
  for (auto column = csv.columns.begin(); column != csv.columns.end(); ++column) {
    if (std::find(column + 1, csv.columns.end(), *column) != csv.columns.end()) {
      throw Error(fmt::format("{}:1: column '{}' stands twice", name, *column));
    }
  }
  return csv;
}

Csv read_csv(const std::filesystem::path& file) {
  std::ifstream opened(file, std::ios::binary);
  if (!opened) {
    throw Error(fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno)));
  }
  const std::string text{std::istreambuf_iterator<char>(opened), {}};
  return parse_csv(text, file.string());
}

}  // namespace ergon
