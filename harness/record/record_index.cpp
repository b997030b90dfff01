#include "harness/record/record_index.h"

#include <algorithm>
#include <charconv>

#include "harness/record/columns.h"
#include "harness/record/layout.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using hdf5::TableReader;

std::uint32_t place_of(std::vector<std::string>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::uint32_t>(found - names.begin());
  names.emplace_back(name);
  return static_cast<std::uint32_t>(names.size() - 1);
}

void read_runs(const hdf5::File& file, RecordIndex& index) {
  TableReader table(file, "/runs");
  index.runs.resize(static_cast<std::size_t>(table.rows("id")));
  const auto column = [&](const char* name, auto RecordIndex::Run::*field) {
    table.column(
        {name, "", ""}, [&](std::int64_t i) -> auto& {
          return index.runs[static_cast<std::size_t>(i)].*field;
        });
  };
  column("id", &RecordIndex::Run::id);
  column("protocol", &RecordIndex::Run::protocol);
  column("kernels_hash", &RecordIndex::Run::kernels_hash);
  column("anchor_utc_ns", &RecordIndex::Run::started_utc_ns);
}

void read_rows(const hdf5::File& file, RecordIndex& index) {
  TableReader table(file, "/records");
  index.rows.resize(static_cast<std::size_t>(table.rows("run")));
  const auto row = [&](std::int64_t i) -> RecordIndex::Row& {
    return index.rows[static_cast<std::size_t>(i)];
  };
  const auto column = [&](const char* name, auto RecordIndex::Row::*field) {
    table.column(
        {name, "", ""}, [&](std::int64_t i) -> auto& { return row(i).*field; });
  };
  column("run", &RecordIndex::Row::run);
  column("replicate", &RecordIndex::Row::replicate);
  column("sentinel", &RecordIndex::Row::sentinel);
  column("run_status", &RecordIndex::Row::run_status);
  column("check_status", &RecordIndex::Row::check_status);
  table.each<std::string>("point_id", [&](std::int64_t i, std::string_view id) {
    row(i).point = digest_of(id);
    return true;
  });
  table.each<std::string>("primitive", [&](std::int64_t i, std::string_view name) {
    row(i).primitive = place_of(index.primitives, name);
    return true;
  });
  for (const RecordIndex::Row& each : index.rows) {
    if (each.run < 0 || each.run >= std::ssize(index.runs)) {
      throw Error(file.name() + ": /records/run: no row " + std::to_string(each.run) +
                  " in /runs; the file is damaged");
    }
  }
}

}  // namespace

PointDigest digest_of(std::string_view point_id) {
  PointDigest digest;
  const auto part = [&](std::size_t from, std::uint64_t& to) {
    const char* const end = point_id.data() + from + 16;
    const auto read = std::from_chars(point_id.data() + from, end, to, 16);
    return read.ec == std::errc() && read.ptr == end;
  };
  if (point_id.size() != 64 || !part(0, digest.high) || !part(16, digest.low)) {
    throw Error("'" + std::string(point_id) + "' is no point id; expected 64 hexadecimal digits");
  }
  return digest;
}

RecordIndex read_record_index(const std::filesystem::path& hdf5) {
  const hdf5::File file(hdf5);
  hdf5::expect_schema(file);
  RecordIndex index;
  read_runs(file, index);
  read_rows(file, index);
  return index;
}

RecordIndex index_of(const Results& results) {
  RecordIndex index;
  for (const RunInfo& run : results.runs) {
    index.runs.push_back({run.id, run.protocol, run.kernels_hash, run.anchor_utc_ns});
  }
  for (const Record& record : results.records) {
    index.rows.push_back(
        {.point = digest_of(point_id(record.point)),
         .run = record.run,
         .replicate = record.replicate,
         .sentinel = record.sentinel,
         .run_status = record.run_status,
         .check_status = record.check_status,
         .primitive = place_of(index.primitives, record.point.problem.primitive->name)});
  }
  return index;
}

}  // namespace ergon
