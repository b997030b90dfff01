#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ergon {

// One group of a result file as rows of text, column by column as they stand in the file: also
// columns that a newer ergon added. Reads a part of the file at a time.
class ResultTable {
 public:
  // `group` is "records", "energy", ... Throws Error as read_results does, and for no such group.
  ResultTable(const std::filesystem::path& hdf5, std::string_view group);
  ~ResultTable();
  ResultTable(const ResultTable&) = delete;
  ResultTable& operator=(const ResultTable&) = delete;

  [[nodiscard]] std::span<const std::string> names() const;
  [[nodiscard]] std::int64_t rows() const;

  // Calls `take` with the cells of each row, in order. Numbers are the shortest that read back the
  // same; what is missing is empty; flags are true and false.
  void each_row(const std::function<void(std::span<const std::string>)>& take) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The table as comma-separated values (RFC 4180, with lines ended by "\n"), names first.
void write_csv(std::ostream& out, const ResultTable& table);

}  // namespace ergon
