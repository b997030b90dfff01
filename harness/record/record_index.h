#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/record.h"
#include "harness/record/results.h"

namespace ergon {

// The first half of a point id, in 16 bytes instead of 64 letters: a million of them are at hand.
struct PointDigest {
  std::uint64_t high = 0, low = 0;
  bool operator==(const PointDigest&) const = default;
};
// Of the 64 hexadecimal digits of a point id. Throws Error for anything else.
[[nodiscard]] PointDigest digest_of(std::string_view point_id);

struct HashDigest {
  std::size_t operator()(const PointDigest& digest) const { return digest.low; }
};

// Which points a result file holds and what became of them, without the rest of it.
struct RecordIndex {
  struct Run {
    std::string id, protocol, kernels_hash;
    std::int64_t started_utc_ns = 0;
  };
  struct Row {
    PointDigest point;
    std::int64_t run = 0;
    std::int64_t replicate = 0;
    bool sentinel = false;
    RunStatus run_status = RunStatus::failed;
    CheckStatus check_status = CheckStatus::not_run;
    std::uint32_t primitive = 0;  // index into primitives
  };
  std::vector<Run> runs;
  std::vector<std::string> primitives;
  std::vector<Row> rows;  // in the order of /records
};

// Throws Error as read_results does.
[[nodiscard]] RecordIndex read_record_index(const std::filesystem::path& hdf5);
// The same of results that are at hand, such as a journal's.
[[nodiscard]] RecordIndex index_of(const Results& results);

}  // namespace ergon
