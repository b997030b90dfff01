#include "harness/record/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <ostream>
#include <vector>

#include "harness/record/hdf5.h"
#include "harness/record/layout.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// Few enough to stay in the chunk cache of each column, many enough to read chunks seldom.
constexpr std::int64_t kRowsAtATime = 2048;

template <class Number>
Number number_at(const std::byte* from) {
  Number number{};
  std::memcpy(&number, from, sizeof number);
  return number;
}

template <class Number>
std::string shortest(Number number) {
  char text[32];
  const auto [end, error] = std::to_chars(std::begin(text), std::end(text), number);
  ERGON_ASSERT(error == std::errc());
  return {text, end};
}

std::string cell_text(const std::byte* from, hdf5::Type type, std::optional<std::int64_t> missing) {
  switch (type.kind) {
    case hdf5::Kind::int64: {
      const auto number = number_at<std::int64_t>(from);
      return missing == number ? "" : shortest(number);
    }
    case hdf5::Kind::uint64:
      return shortest(number_at<std::uint64_t>(from));
    case hdf5::Kind::float64: {
      const auto number = number_at<double>(from);
      return std::isnan(number) ? "nan" : shortest(number);  // a NaN's sign says nothing
    }
    case hdf5::Kind::flag:
      return number_at<std::uint8_t>(from) != 0 ? "true" : "false";
    case hdf5::Kind::text: {
      std::string text(reinterpret_cast<const char*>(from), type.bytes);
      text.resize(text.find_last_not_of('\0') + 1);
      return text;
    }
  }
  ERGON_ASSERT(false);
  return "";
}

void write_quoted(std::ostream& out, const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) {
    out << cell;
    return;
  }
  out << '"';
  for (const char letter : cell) {
    if (letter == '"') out << '"';
    out << letter;
  }
  out << '"';
}

void write_row(std::ostream& out, std::span<const std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out << ',';
    write_quoted(out, cells[i]);
  }
  out << '\n';
}

}  // namespace

struct ResultTable::State {
  hdf5::File file;
  std::vector<std::string> names;
  std::vector<hdf5::Column> columns;
  std::vector<std::optional<std::int64_t>> missing;
  std::int64_t rows = 0;
};

ResultTable::ResultTable(const std::filesystem::path& hdf5, std::string_view group)
    : state_(new State{.file = hdf5::File(hdf5), .names = {}, .columns = {}, .missing = {}}) {
  hdf5::expect_schema(state_->file);
  const std::string path = "/" + std::string(group);
  if (!state_->file.has(path)) throw Error(state_->file.name() + ": has no " + path);
  state_->names = state_->file.columns(path);
  for (const std::string& name : state_->names) {
    state_->columns.push_back(state_->file.open_column(path, name));
    const hdf5::Column& column = state_->columns.back();
    state_->missing.push_back(column.about().missing);
    if (column.rows() != state_->columns.front().rows()) {
      throw Error(column.where() +
                  ": of another length than the columns beside it; the file is "
                  "damaged");
    }
    state_->rows = column.rows();
  }
}

ResultTable::~ResultTable() = default;

std::span<const std::string> ResultTable::names() const { return state_->names; }

std::int64_t ResultTable::rows() const { return state_->rows; }

void ResultTable::each_row(const std::function<void(std::span<const std::string>)>& take) const {
  const std::vector<hdf5::Column>& columns = state_->columns;
  std::vector<std::vector<std::byte>> slabs(columns.size());
  std::vector<std::string> cells(columns.size());
  for (std::int64_t first = 0; first < state_->rows; first += kRowsAtATime) {
    const std::int64_t count = std::min(kRowsAtATime, state_->rows - first);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      slabs[c].resize(static_cast<std::size_t>(count) * columns[c].type().bytes);
      columns[c].read(first, count, slabs[c].data());
    }
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const hdf5::Type type = columns[c].type();
        const std::byte* from = slabs[c].data() + static_cast<std::size_t>(i) * type.bytes;
        cells[c] = cell_text(from, type, state_->missing[c]);
      }
      take(cells);
    }
  }
}

void write_csv(std::ostream& out, const ResultTable& table) {
  write_row(out, table.names());
  table.each_row([&](std::span<const std::string> cells) { write_row(out, cells); });
}

}  // namespace ergon
