#include "harness/record/concatenate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "harness/record/columns.h"
#include "harness/record/faults_table.h"
#include "harness/record/file.h"
#include "harness/record/layout.h"
#include "harness/record/results.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using hdf5::Column;
using hdf5::Kind;
using hdf5::Type;

// The column of RunInfo::slurm_energy, which a file gets when it is collected.
constexpr std::string_view kSlurmEnergy = "slurm_energy_j";

// A column that names rows of another group.
struct Reference {
  std::string_view column, group;
};

// The groups of a result file, each behind its owner. Of a group that is `owned` those rows stay
// whose owner does, which the first reference names.
struct Group {
  std::string_view name;
  std::vector<Reference> references;
  bool owned = false;
};

const std::vector<Group>& groups() {
  static const std::vector<Group> kGroups{
      {"/sweep", {}},
      {"/runs", {{"sweep", "/sweep"}, {"primary_channel", "/channels"}}},
      {"/channels", {{"run", "/runs"}}},
      {"/records", {{"run", "/runs"}}},
      {"/times", {{"record", "/records"}}, true},
      {"/windows", {{"record", "/records"}}, true},
      {"/energy", {{"window", "/windows"}, {"record", "/records"}, {"channel", "/channels"}}, true},
      {"/beside", {{"window", "/windows"}, {"record", "/records"}, {"channel", "/channels"}}, true},
      {"/cross_checks",
       {{"window", "/windows"},
        {"record", "/records"},
        {"channel", "/channels"},
        {"other", "/channels"}},
       true},
      {"/node_windows",
       {{"window", "/windows"}, {"record", "/records"}, {"channel", "/channels"}},
       true},
      {"/idle", {{"run", "/runs"}}},
      {"/idle_energy", {{"idle", "/idle"}, {"channel", "/channels"}}, true}};
  return kGroups;
}

// Where the rows of one group of one part go; -1: nowhere.
using Rows = std::vector<std::int64_t>;

// One column of the output: what is known before any of it is written, and then what waits to be.
struct OutputColumn {
  hdf5::About about;
  Type type;
  std::unique_ptr<Column> column = nullptr;
  std::vector<std::byte> waiting = {};
  std::int64_t written = 0;  // rows that are in the file
};

struct OutputGroup {
  std::string description;
  std::vector<std::string> order;  // names of the columns as they first came
  std::map<std::string, OutputColumn> columns;
  std::int64_t rows = 0;
};

std::vector<std::int64_t> read_integers(const hdf5::File& file, std::string_view group,
                                        std::string_view column) {
  const Column from = file.open_column(std::string(group), column);
  std::vector<std::int64_t> values(static_cast<std::size_t>(from.rows()));
  if (from.type().kind != Kind::int64) throw Error(from.where() + ": expected integers");
  from.read(0, from.rows(), reinterpret_cast<std::byte*>(values.data()));
  return values;
}

// Cells of any type as bytes; of a text without its padding.
std::vector<std::string> read_texts(const hdf5::File& file, std::string_view group,
                                    std::string_view column) {
  const Column from = file.open_column(std::string(group), column);
  const std::size_t bytes = from.type().bytes;
  std::vector<std::byte> slab(static_cast<std::size_t>(from.rows()) * bytes);
  from.read(0, from.rows(), slab.data());
  const bool text = from.type().kind == Kind::text;
  std::vector<std::string> texts;
  for (std::int64_t i = 0; i < from.rows(); ++i) {
    const auto* cell =
        reinterpret_cast<const char*>(slab.data()) + static_cast<std::size_t>(i) * bytes;
    texts.emplace_back(cell, text ? strnlen(cell, bytes) : bytes);
  }
  return texts;
}

std::int64_t rows_of(const hdf5::File& file, const std::string& group) {
  const std::vector<std::string> names = file.columns(group);
  return names.empty() ? 0 : file.open_column(group, names.front()).rows();
}

// A part of an older minor version as this build writes it, for the time of a concatenation: what
// such a file lacks only read_results knows.
class Renewed {
 public:
  Renewed() = default;
  ~Renewed() {
    std::error_code ignored;
    if (!file_.empty()) std::filesystem::remove(file_, ignored);
  }
  Renewed(const Renewed&) = delete;
  Renewed& operator=(const Renewed&) = delete;

  // The part itself where it is of this version.
  std::filesystem::path file_of(const std::filesystem::path& part,
                                const std::filesystem::path& output, std::size_t number) {
    {
      const hdf5::File file(part);
      hdf5::expect_schema(file);
      if (!hdf5::is_of_older_schema(file)) return part;
    }
    const Results results = read_results(part);
    file_ = output;
    file_ += ".part" + std::to_string(number);
    write_results(file_, results);
    return file_;
  }

 private:
  std::filesystem::path file_;
};

// Puts result files behind each other: add() each part once to learn how much there is, then
// append() each in the same order.
class Concatenation {
 public:
  void add(const ResultPart& part);
  void create();
  void append(const ResultPart& part);
  void finish(const std::filesystem::path& output);

 private:
  using Places = std::map<std::string_view, Rows>;  // by group
  Places place(const hdf5::File& file, const ResultPart& part,
               std::map<std::string_view, std::int64_t>& next);
  Rows place_sweeps(const hdf5::File& file, std::int64_t& next);
  void learn_columns(const hdf5::File& file, const Group& group);
  void append_column(const Column* from, const Rows& rows, const Rows* target, OutputColumn& to,
                     double number = std::numeric_limits<double>::quiet_NaN());
  void write_waiting(OutputColumn& to, bool all);

  hdf5::File output_;
  std::map<std::string_view, OutputGroup> groups_;
  std::map<std::string_view, std::int64_t> counted_, appended_;  // rows by group
  std::map<std::string, std::int64_t> sweeps_;                   // identity -> row of /sweep
  std::vector<bool> fresh_sweeps_;                               // of the part that was placed last
  std::set<std::string> runs_;
};

// Sweeps of the same name, text and seed are one; the row of a sweep that is there already is
// given, and is not written again.
Rows Concatenation::place_sweeps(const hdf5::File& file, std::int64_t& next) {
  Rows rows;
  fresh_sweeps_.clear();
  const std::vector<std::string> hashes = read_texts(file, "/sweep", "hash");
  const std::vector<std::string> names = read_texts(file, "/sweep", "name");
  const std::vector<std::string> seeds = read_texts(file, "/sweep", "seed");
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const auto [sweep, fresh] = sweeps_.try_emplace(hashes[i] + seeds[i] + names[i], next);
    if (fresh) ++next;
    rows.push_back(sweep->second);
    fresh_sweeps_.push_back(fresh);
  }
  return rows;
}

Concatenation::Places Concatenation::place(const hdf5::File& file, const ResultPart& part,
                                           std::map<std::string_view, std::int64_t>& next) {
  Places places;
  for (const Group& group : groups()) {
    const std::string name(group.name);
    Rows& rows = places[group.name];
    if (group.name == "/sweep") {
      rows = place_sweeps(file, next[group.name]);
      continue;
    }
    rows.assign(static_cast<std::size_t>(rows_of(file, name)), 0);
    if (group.owned) {
      const Reference& owner = group.references.front();
      const Rows owners = read_integers(file, name, owner.column);
      const Rows& kept = places.at(owner.group);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (owners[i] < 0 || owners[i] >= std::ssize(kept)) {
          throw Error(file.name() + ": " + name + " names a row that is not there; it is damaged");
        }
        rows[i] = kept[static_cast<std::size_t>(owners[i])] < 0 ? -1 : 0;
      }
    } else if (group.name == "/records") {
      ERGON_ASSERT(part.keep.size() == rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = part.keep[i] ? 0 : -1;
    }
    for (std::int64_t& row : rows) {
      if (row >= 0) row = next[group.name]++;
    }
  }
  return places;
}

void Concatenation::learn_columns(const hdf5::File& file, const Group& group) {
  OutputGroup& output = groups_[group.name];
  const std::string path(group.name);
  output.description = file.description(path);
  for (const std::string& name : file.columns(path)) {
    const Column column = file.open_column(path, name);
    const auto [known, fresh] = output.columns.try_emplace(name);
    OutputColumn& to = known->second;
    if (fresh) {
      output.order.push_back(name);
      to.about = column.about();
      to.about.name = name;
      to.type = column.type();
    }
    if (to.type.kind != column.type().kind) {
      throw Error(column.where() + ": holds another type than in the files before it");
    }
    to.type.bytes = std::max(to.type.bytes, column.type().bytes);
  }
}

void Concatenation::add(const ResultPart& part) {
  const hdf5::File file(part.hdf5);
  for (const std::string& run : read_texts(file, "/runs", "id")) {
    if (runs_.insert(run).second) continue;
    throw Error(part.hdf5.string() + ": run " + run + " is in another file too; one is a copy");
  }
  place(file, part, counted_);
  for (const Group& group : groups()) learn_columns(file, group);
}

void Concatenation::create() {
  output_.create_group("/schema",
                       "an ergon result file; a reader of one major version reads every minor one");
  output_.write_attribute("/schema", "major", hdf5::kSchemaMajor);
  output_.write_attribute("/schema", "minor", hdf5::kSchemaMinor);
  for (const Group& group : groups()) {
    OutputGroup& output = groups_[group.name];
    output.rows = counted_[group.name];
    output_.create_group(std::string(group.name), output.description);
    for (const std::string& name : output.order) {
      OutputColumn& to = output.columns.at(name);
      to.column = std::make_unique<Column>(
          output_.create_column(std::string(group.name), to.about, to.type, output.rows));
    }
  }
  sweeps_.clear();  // append() meets them again
}

// Whole chunks are written as they fill, so that none is compressed twice.
void Concatenation::write_waiting(OutputColumn& to, bool all) {
  const std::size_t bytes = to.type.bytes;
  const std::int64_t slab = std::max<std::int64_t>(1, to.column->rows_per_slab() / 8);
  auto count = static_cast<std::int64_t>(to.waiting.size() / bytes);
  if (!all) count -= count % slab;
  if (count == 0) return;
  to.column->write(to.written, count, to.waiting.data());
  to.written += count;
  to.waiting.erase(
      to.waiting.begin(),
      to.waiting.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(count) * bytes));
}

// What stands in rows of a file that lacks the column: `number` in one of doubles.
std::vector<std::byte> missing_value(const OutputColumn& to, double number) {
  std::vector<std::byte> value(to.type.bytes, std::byte{0});
  const std::int64_t none = to.about.missing.value_or(0);
  if (to.type.kind == Kind::float64) std::memcpy(value.data(), &number, sizeof number);
  if (to.type.kind == Kind::int64) std::memcpy(value.data(), &none, sizeof none);
  return value;
}

// `from` is null where the file lacks the column, or `number` is to take its place; `target`, where
// the column names rows of another group, says what they are now.
void Concatenation::append_column(const Column* from, const Rows& rows, const Rows* target,
                                  OutputColumn& to, double number) {
  const std::size_t bytes = to.type.bytes;
  const std::vector<std::byte> missing = missing_value(to, number);
  std::vector<std::byte> slab;
  if (from != nullptr) {
    if (from->rows() != std::ssize(rows)) {
      throw Error(from->where() +
                  ": of another length than the columns beside it; the file is "
                  "damaged");
    }
    slab.resize(static_cast<std::size_t>(from->rows()) * from->type().bytes);
    from->read(0, from->rows(), slab.data());
  }
  const std::size_t width = from == nullptr ? bytes : from->type().bytes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0) continue;
    const std::size_t at = to.waiting.size();
    to.waiting.resize(at + bytes, std::byte{0});
    const std::byte* value = from == nullptr ? missing.data() : slab.data() + i * width;
    if (target == nullptr) {
      std::memcpy(to.waiting.data() + at, value, width);
      continue;
    }
    std::int64_t row = 0;
    std::memcpy(&row, value, sizeof row);
    if (row >= std::ssize(*target)) {
      throw Error(from->where() + ": names a row that is not there; the file is damaged");
    }
    if (row >= 0) row = (*target)[static_cast<std::size_t>(row)];
    std::memcpy(to.waiting.data() + at, &row, sizeof row);
  }
  write_waiting(to, false);
}

void Concatenation::append(const ResultPart& part) {
  const hdf5::File file(part.hdf5);
  Places places = place(file, part, appended_);
  for (const Group& group : groups()) {
    Rows rows = places[group.name];
    if (group.name == "/sweep") {  // only those that were not there
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = fresh_sweeps_[i] ? rows[i] : -1;
    }
    const std::vector<std::string> have = file.columns(std::string(group.name));
    const std::set<std::string> names(have.begin(), have.end());
    for (auto& [name, to] : groups_[group.name].columns) {
      const auto reference = std::ranges::find(group.references, name, &Reference::column);
      const Rows* const target =
          reference == group.references.end() ? nullptr : &places.at(reference->group);
      const bool given =
          group.name == "/runs" && name == kSlurmEnergy && std::isfinite(part.slurm_energy.value);
      if (given) {
        append_column(nullptr, rows, nullptr, to, part.slurm_energy.value);
      } else if (names.contains(name)) {
        const Column from = file.open_column(std::string(group.name), name);
        append_column(&from, rows, target, to);
      } else {
        append_column(nullptr, rows, nullptr, to);
      }
    }
  }
}

void Concatenation::finish(const std::filesystem::path& output) {
  for (auto& [name, group] : groups_) {
    for (auto& [column, to] : group.columns) {
      write_waiting(to, true);
      ERGON_ASSERT(to.written == group.rows);
      to.column.reset();
      to.waiting = {};
    }
  }
  hdf5::write_faults(output_);
  replace_file(output, output_.image());
}

}  // namespace

void concatenate(const std::filesystem::path& output, std::span<const ResultPart> parts) {
  std::vector<Renewed> renewed(parts.size());
  std::vector<ResultPart> current;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    current.push_back(parts[i]);
    current.back().hdf5 = renewed[i].file_of(parts[i].hdf5, output, i);
  }
  Concatenation whole;
  for (const ResultPart& part : current) whole.add(part);
  whole.create();
  for (const ResultPart& part : current) whole.append(part);
  whole.finish(output);
}

}  // namespace ergon
