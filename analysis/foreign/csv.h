#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ergon {

// A file of comma-separated values with one header line (RFC 4180: quotes, doubled quotes, either
// line end). Every row has as many fields as the header.
struct Csv {
  std::string name{};  // stands in messages: "primitives.csv"
  std::vector<std::string> columns{};
  struct Row {
    std::vector<std::string> fields{};
    int line = 0;  // of the file, the header being 1
  };
  std::vector<Row> rows{};

  // Place of a column; throws Error that lists the columns where there is none.
  [[nodiscard]] std::size_t at(std::string_view column) const;
  // A field as a finite number, and as an integer ("8.0" is 8); throw Error with file and line.
  [[nodiscard]] double number(const Row& row, std::size_t column) const;
  [[nodiscard]] std::int64_t integer(const Row& row, std::size_t column) const;
  // "primitives.csv:12: "
  [[nodiscard]] std::string place(const Row& row) const;
};

// Throws Error with the line for a row that is cut off, too long or too short, or a column named
// twice.
[[nodiscard]] Csv parse_csv(std::string_view text, std::string_view name);
// Throws Error where the file cannot be read.
[[nodiscard]] Csv read_csv(const std::filesystem::path& file);

}  // namespace ergon
