#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/foreign/csv.h"
#include "analysis/foreign/foreign_results.h"
#include "harness/config/yaml.h"

namespace ergon {

// What the columns of somebody's table mean, from YAML:
//
//   device: NVIDIA A100                 # what the rows of a table are keyed by
//   boundary: gpu                       # what their meter covered
//   meter: theirs/nvml
//   note: mean of ten runs              # stands in every table made from it; may be left out
//   run: campaign                       # a column; may be left out
//   energy: {column: energy_mJ, unit: mJ}
//   time: {column: time_us, unit: us}
//   operations:                         # the first that matches a row; the others are left out
//     - where: {op: Linear}             # columns and their texts; may be left out
//       kernel: gemm/theirs
//       dtypes: f32                     # may be left out
//       axes: {m: tokens, n: width_out, k: width_in}   # columns, or numbers
//       options: {transpose_b: "yes"}   # may be left out
struct CsvMapping {
  struct Scaled {
    std::string column{};
    double scale = 1;  // to J or s
  };
  struct Extent {
    std::string column{};  // empty: `value` for every row
    std::int64_t value = 1;
  };
  struct Operation {
    std::map<std::string, std::string> where{};
    std::string kernel{};
    const Primitive* primitive = nullptr;
    Dtypes dtypes{};
    std::vector<Extent> axes{};  // in the primitive's order
    std::map<std::string, std::string> options{};
  };
  ForeignResults::Origin origin{};
  std::string run{};  // column; empty: one run
  Scaled energy{}, time{};
  std::vector<Operation> operations{};
};

// Throws Error with file, line and column for what is missing, unknown or misspelt.
[[nodiscard]] CsvMapping read_csv_mapping(const Yaml& root);

struct CsvImport {
  Results results{};
  int left_out = 0;  // rows that no operation matches
};
// Throws Error with file and line for a row that is no measurement.
[[nodiscard]] CsvImport import_csv(const Csv& csv, const CsvMapping& mapping);

}  // namespace ergon
