#pragma once

#include <algorithm>
#include <concepts>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/meter/channel.h"
#include "harness/record/hdf5.h"
#include "harness/record/record.h"
#include "kernels/error.h"

// Fields of structs as columns of a group. TableWriter and TableReader take the same calls, so one
// template that names every column of a group both writes and reads it.
namespace ergon::hdf5 {

// Operands that bind() packs, or that every launch takes as they are.
enum class Weights : std::uint8_t { plain, packed };

// The last of each enumeration, all of which count from 0. Writing asserts that there is none
// beyond, so that a new one cannot be written and not read.
constexpr Measure last_of(Measure) { return Measure::flags; }
constexpr Source last_of(Source) { return Source::imported; }
constexpr RunStatus last_of(RunStatus) { return RunStatus::failed; }
constexpr CheckStatus last_of(CheckStatus) { return CheckStatus::not_run; }
constexpr EnergyStatus last_of(EnergyStatus) { return EnergyStatus::imported; }
constexpr Stop last_of(Stop) { return Stop::part_time_sensor; }
constexpr Fill::Kind last_of(Fill::Kind) { return Fill::Kind::sparse; }
constexpr Dtype last_of(Dtype) { return Dtype::i4; }
constexpr Weights last_of(Weights) { return Weights::packed; }

inline std::string_view name_of(Measure value) { return measure_name(value); }
inline std::string_view name_of(Source value) { return source_name(value); }
inline std::string_view name_of(RunStatus value) { return status_name(value); }
inline std::string_view name_of(CheckStatus value) { return status_name(value); }
inline std::string_view name_of(EnergyStatus value) { return status_name(value); }
inline std::string_view name_of(Stop value) { return stop_name(value); }
inline std::string_view name_of(Fill::Kind value) { return fill_kind_name(value); }
inline std::string_view name_of(Dtype value) { return dtype_name(value); }
inline std::string_view name_of(Weights value) {
  return value == Weights::packed ? "packed" : "plain";
}

// Whether a file has a minor schema version below what this build writes. Throws Error where it
// does not say.
[[nodiscard]] bool is_of_older_schema(const File& file);

// What a field is in a column: text, a flag, a signed or unsigned integer, or a double.
template <class Field>
constexpr Kind kind_of() {
  if constexpr (std::is_same_v<Field, bool>)
    return Kind::flag;
  else if constexpr (std::is_enum_v<Field> || std::is_convertible_v<Field, std::string_view>)
    return Kind::text;
  else if constexpr (std::is_same_v<Field, std::uint64_t>)
    return Kind::uint64;
  else if constexpr (std::is_integral_v<Field>)
    return Kind::int64;
  else
    return Kind::float64;
}

// Views, and so does not outlive, a text.
template <class Field>
auto to_cell(const Field& field) {
  if constexpr (std::is_enum_v<Field>) {
    ERGON_ASSERT(field <= last_of(Field{}));
    return name_of(field);
  } else if constexpr (kind_of<Field>() == Kind::text)
    return std::string_view(field);
  else if constexpr (kind_of<Field>() == Kind::flag)
    return std::uint8_t{field};
  else if constexpr (std::is_same_v<Field, std::uint64_t> || std::is_same_v<Field, double>)
    return field;
  else if constexpr (std::is_integral_v<Field>)
    return std::int64_t{field};
  else
    return field.value;  // a Quantity
}

// False where the field cannot hold it: an integer too large, a name unknown to this build.
template <class Field, class Cell>
bool from_cell(const Cell& cell, Field& field) {
  if constexpr (std::is_enum_v<Field>) {
    for (int value = 0; value <= static_cast<int>(last_of(Field{})); ++value) {
      field = static_cast<Field>(value);
      if (name_of(field) == cell) return true;
    }
    return false;
  } else if constexpr (kind_of<Field>() == Kind::flag) {
    field = cell != 0;
  } else if constexpr (std::is_integral_v<Field>) {
    if (!std::in_range<Field>(cell)) return false;
    field = static_cast<Field>(cell);
  } else if constexpr (std::is_same_v<Field, double> || kind_of<Field>() == Kind::text) {
    field = cell;
  } else {
    field.value = cell;
  }
  return true;
}

// Writes a new group, column by column, each of `rows` rows.
class TableWriter {
 public:
  TableWriter(File& file, std::string group, std::string_view description, std::int64_t rows)
      : file_(file), group_(std::move(group)), rows_(rows) {
    file_.create_group(group_, description);
  }

  // `of(i)` gives the field of row i, by value or by reference.
  template <class Of>
  void column(const About& about, const Of& of) {
    using Field = std::remove_cvref_t<decltype(of(std::int64_t{}))>;
    Type type{kind_of<Field>(), 8};
    if (type.kind == Kind::flag) type.bytes = 1;
    if (type.kind == Kind::text) type.bytes = longest(of);
    Column column = file_.create_column(group_, about, type, rows_);
    std::vector<std::byte> slab;
    for (std::int64_t first = 0; first < rows_; first += column.rows_per_slab()) {
      const std::int64_t count = std::min(column.rows_per_slab(), rows_ - first);
      slab.assign(static_cast<std::size_t>(count) * type.bytes, std::byte{0});
      for (std::int64_t i = 0; i < count; ++i) {
        const auto& field = of(first + i);
        put(to_cell(field), slab.data() + static_cast<std::size_t>(i) * type.bytes);
      }
      column.write(first, count, slab.data());
    }
  }

 private:
  static void put(std::string_view text, std::byte* to) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
  }
  template <class Number>
  requires std::is_arithmetic_v<Number>
  static void put(Number number, std::byte* to) { std::memcpy(to, &number, sizeof number); }

  template <class Of>
  std::size_t longest(const Of& of) const {
    std::size_t bytes = 1;  // HDF5 has no text of length 0
    for (std::int64_t i = 0; i < rows_; ++i) {
      const auto& field = of(i);
      if constexpr (kind_of<std::remove_cvref_t<decltype(field)>>() == Kind::text) {
        bytes = std::max(bytes, to_cell(field).size());
      }
    }
    return bytes;
  }

  File& file_;
  std::string group_;
  std::int64_t rows_;
};

// Reads a group, column by column. Throws Error where a column is missing, of another type, of
// another length than the first that is read, or holds what its field cannot. A file of an older
// minor schema may lack columns of fields: those stay as they are, at their defaults.
class TableReader {
 public:
  TableReader(const File& file, std::string group)
      : file_(file), group_(std::move(group)), older_(is_of_older_schema(file)) {}

  // Length of the group, from one of its columns.
  [[nodiscard]] std::int64_t rows(std::string_view column) {
    return rows_ = file_.open_column(group_, column).rows();
  }

  // Calls `take(i, cell)` for every row i, whose cell is text (a view that does not last), a double
  // or an integer, as Field is stored; false means that the cell makes no sense.
  template <class Field, class Take>
  void each(std::string_view name, const Take& take) {
    const Column column = open(name, kind_of<Field>());
    const std::size_t bytes = column.type().bytes;
    std::vector<std::byte> slab;
    for (std::int64_t first = 0; first < rows_; first += column.rows_per_slab()) {
      const std::int64_t count = std::min(column.rows_per_slab(), rows_ - first);
      slab.resize(static_cast<std::size_t>(count) * bytes);
      column.read(first, count, slab.data());
      for (std::int64_t i = 0; i < count; ++i) {
        const std::byte* from = slab.data() + static_cast<std::size_t>(i) * bytes;
        if (!take(first + i, cell<kind_of<Field>()>(from, bytes))) {
          throw Error(column.where() + ": row " + std::to_string(first + i) +
                      " holds what this ergon does not know; read it with the ergon that wrote "
                      "it, or a newer one");
        }
      }
    }
  }

  // Assigns to `of(i)`, a reference, for every row i; nothing where an older file lacks the column.
  template <class Of>
  void column(const About& about, const Of& of) {
    if (older_ && !file_.has(group_ + "/" + about.name)) return;
    using Field = std::remove_cvref_t<decltype(of(std::int64_t{}))>;
    each<Field>(about.name,
                [&](std::int64_t i, const auto& cell) { return from_cell(cell, of(i)); });
  }

 private:
  template <Kind kind>
  static auto cell(const std::byte* from, std::size_t bytes) {
    if constexpr (kind == Kind::text) {
      const auto* text = reinterpret_cast<const char*>(from);
      while (bytes > 0 && text[bytes - 1] == '\0') --bytes;
      return std::string_view(text, bytes);
    } else {
      std::conditional_t<
          kind == Kind::float64, double,
          std::conditional_t<kind == Kind::uint64, std::uint64_t,
                             std::conditional_t<kind == Kind::flag, std::uint8_t, std::int64_t>>>
          number{};
      std::memcpy(&number, from, sizeof number);
      return number;
    }
  }

  [[nodiscard]] Column open(std::string_view name, Kind kind) const {
    Column column = file_.open_column(group_, name);
    if (column.type().kind != kind) {
      throw Error(column.where() + ": holds another type than ergon writes there");
    }
    if (column.rows() != rows_) {
      throw Error(column.where() + ": has " + std::to_string(column.rows()) + " rows, others of " +
                  group_ + " have " + std::to_string(rows_) + "; the file is damaged");
    }
    return column;
  }

  const File& file_;
  std::string group_;
  bool older_;
  std::int64_t rows_ = 0;
};

}  // namespace ergon::hdf5
