#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// HDF5 as the record folder needs it: files of groups of one-dimensional datasets ("columns"), all
// of a group equally long. Whatever HDF5 refuses becomes an Error with HDF5's own message. Included
// by no header outside harness/record.
namespace ergon::hdf5 {

using Id = std::int64_t;  // HDF5's hid_t

// Owns one identifier of HDF5.
class Handle {
 public:
  using Close = int (*)(Id);
  Handle() = default;
  Handle(Id id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle();

  [[nodiscard]] Id id() const { return id_; }

 private:
  Id id_ = -1;
  Close close_ = nullptr;
};

// Type of one value. text: UTF-8, padded with zero bytes to `bytes`; flag: one byte, 0 or 1, which
// h5py reads as bool; the others take eight bytes.
enum class Kind : std::uint8_t { int64, uint64, float64, flag, text };
struct Type {
  Kind kind = Kind::int64;
  std::size_t bytes = 8;
};

// What stands at a column, as attributes.
struct About {
  std::string name;
  std::string unit;                                    // "J", "ns"; empty for names and counts
  std::string description;                             // one line
  std::optional<std::int64_t> missing = std::nullopt;  // the value that means "none"
};

class Column {
 public:
  // `where` stands in messages: "a.h5: /records/order".
  Column(Handle dataset, Type type, std::int64_t rows, std::string where)
      : dataset_(std::move(dataset)), type_(type), rows_(rows), where_(std::move(where)) {}
  [[nodiscard]] Type type() const { return type_; }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] const std::string& where() const { return where_; }
  // Rows that are written or read at a time at no loss: whole chunks, some MiB.
  [[nodiscard]] std::int64_t rows_per_slab() const;
  // `count` values from row `first`, packed, of type().
  void write(std::int64_t first, std::int64_t count, const std::byte* from);
  void read(std::int64_t first, std::int64_t count, std::byte* to) const;
  [[nodiscard]] About about() const;

 private:
  Handle dataset_;
  Type type_;
  std::int64_t rows_;
  std::string where_;
};

class File {
 public:
  // An empty file in memory, so that a full disk is met by our own write and not within HDF5.
  File();
  // Opens to read. Throws Error where it is not there, foreign or truncated.
  explicit File(const std::filesystem::path& file);

  [[nodiscard]] const std::string& name() const { return name_; }

  void create_group(const std::string& group, std::string_view description);
  void write_attribute(const std::string& group, const char* name, std::int64_t value);
  [[nodiscard]] Column create_column(const std::string& group, const About&, Type,
                                     std::int64_t rows);
  // Every byte of the file, as it would lie on a disk.
  [[nodiscard]] std::vector<std::byte> image();

  [[nodiscard]] bool has(const std::string& path) const;
  [[nodiscard]] std::int64_t attribute(const std::string& group, const char* name) const;
  // As create_group() was told.
  [[nodiscard]] std::string description(const std::string& group) const;
  [[nodiscard]] Column open_column(const std::string& group, std::string_view column) const;
  // Names of a group's columns in the order they were created.
  [[nodiscard]] std::vector<std::string> columns(const std::string& group) const;

 private:
  [[noreturn]] void fail(const std::string& what) const;
  [[nodiscard]] Handle hold(Id id, Handle::Close close, const std::string& what) const;

  std::string name_;
  Handle file_;
};

}  // namespace ergon::hdf5
