#include "harness/record/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "harness/record/results.h"
#include "kernels/error.h"
#include "tests/harness/record/random_results.h"
#include "tests/harness/record/scratch.h"

namespace ergon {
namespace {

std::string csv(const std::filesystem::path& file, std::string_view group) {
  std::ostringstream out;
  write_csv(out, ResultTable(file, group));
  return out.str();
}

// The cell of a row in the column of this name.
std::string cell(const ResultTable& table, std::int64_t row, std::string_view name) {
  std::string found = "no such cell";
  std::int64_t at = 0;
  table.each_row([&](std::span<const std::string> cells) {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (at == row && table.names()[c] == name) found = cells[c];
    }
    ++at;
  });
  return found;
}

// A GEMM and a softmax, the one measured and the other refused.
Results two_records() {
  Results results;
  RunInfo& run = results.runs.emplace_back();
  run.id = "run";
  run.device = "A CPU, 1 socket";
  run.primary_channel = 0;
  Channel& channel = run.channels.emplace_back();
  channel.name = "estimate/package";
  channel.domain = "package";
  channel.source = Source::estimated;
  Record record;
  record.point = point_from_key(
      "k1:gemm/a=f32,accumulate=f32,b=f32,out=f32/bias=no,epilogue=none,transpose_b=no/"
      "k=4,m=2,n=3/cold=yes,fill=uniform,kernel=reference,seed=1,threads=2,weights=plain");
  record.run_status = RunStatus::ok;
  record.check_status = CheckStatus::passed;
  record.energy_status = EnergyStatus::estimated;
  record.times = {{0.25}, {0.75}};
  record.windows = {{.launches = 4,
                     .end_ns = 2'000'000'000,
                     .energy = {{.raw_end = 10, .gross = Joules{10}, .u_edge = Joules{0.1}}}}};
  results.records.push_back(record);
  record = Record{};
  record.point = point_from_key(
      "k1:softmax/a=f32,accumulate=f32,b=f32,out=f32//columns=5,rows=7/cold=no,fill=zeros,"
      "kernel=reference,seed=1,threads=1,weights=plain");
  record.run_status = RunStatus::refused;
  record.reason = "too \"small\", and\nmore";
  record.error_max = NAN;
  results.records.push_back(record);
  return results;
}

}  // namespace

TEST(ResultTable, SaysInOneRowWhatBecameOfAPoint) {
  const Scratch scratch;
  write_results(scratch / "a.h5", two_records());
  const ResultTable table(scratch / "a.h5", "records");
  ASSERT_EQ(table.rows(), 2);
  const std::pair<const char*, const char*> expected[] = {{"primitive", "gemm"},
                                                          {"kernel", "reference"},
                                                          {"m", "2"},
                                                          {"n", "3"},
                                                          {"k", "4"},
                                                          {"columns", ""},
                                                          {"transpose_b", "no"},
                                                          {"threads", "2"},
                                                          {"fill", "uniform"},
                                                          {"cold", "true"},
                                                          {"weights", "plain"},
                                                          {"flops", "48"},
                                                          {"run_status", "ok"},
                                                          {"energy_status", "estimated"},
                                                          {"device", "A CPU, 1 socket"},
                                                          {"time_median_s", "0.5"},
                                                          {"gross_j_per_launch", "2.5"},
                                                          {"net_j_per_launch", "nan"},
                                                          {"power_w", "5"},
                                                          {"windows_valid", "1"},
                                                          {"primary_channel", "estimate/package"},
                                                          {"boundary", "package"}};
  for (const auto& [name, value] : expected) EXPECT_EQ(cell(table, 0, name), value) << name;
  EXPECT_EQ(cell(table, 1, "m"), "");
  EXPECT_EQ(cell(table, 1, "columns"), "5");
  EXPECT_EQ(cell(table, 1, "transpose_b"), "");
  EXPECT_EQ(cell(table, 1, "gross_j_per_launch"), "nan");
  EXPECT_EQ(cell(table, 1, "reason"), "too \"small\", and\nmore");
}

TEST(ResultTable, MarksEstimatesWhereverJoulesStand) {
  const Scratch scratch;
  write_results(scratch / "a.h5", two_records());
  EXPECT_EQ(cell(ResultTable(scratch / "a.h5", "records"), 0, "energy_status"), "estimated");
  EXPECT_EQ(cell(ResultTable(scratch / "a.h5", "windows"), 0, "energy_status"), "estimated");
  EXPECT_EQ(cell(ResultTable(scratch / "a.h5", "energy"), 0, "source"), "estimated");
}

TEST(ResultTable, IsWrittenAsCommaSeparatedValues) {
  const Scratch scratch;
  write_results(scratch / "a.h5", two_records());
  EXPECT_EQ(csv(scratch / "a.h5", "times"), "record,time_s\n0,0.25\n0,0.75\n");
  const std::string records = csv(scratch / "a.h5", "records");
  EXPECT_NE(records.find(",\"too \"\"small\"\", and\nmore\","), std::string::npos) << records;
  EXPECT_NE(records.find(",\"A CPU, 1 socket\","), std::string::npos) << records;
}

TEST(ResultTable, GivesEveryRowOfLongTables) {
  const Scratch scratch;
  const Results results =
      random_results(3, {.runs = 1, .records = 5000, .windows_max = 0, .times_max = 0});
  write_results(scratch / "a.h5", results);
  const ResultTable table(scratch / "a.h5", "records");
  const auto order = std::ranges::find(table.names(), "order") - table.names().begin();
  std::size_t row = 0;
  table.each_row([&](std::span<const std::string> cells) {
    ASSERT_EQ(cells[order], std::to_string(results.records[row++].order));
  });
  EXPECT_EQ(row, results.records.size());
}

TEST(ResultTable, RefusesAGroupThatIsNotThere) {
  const Scratch scratch;
  write_results(scratch / "a.h5", Results{});
  EXPECT_THROW(ResultTable(scratch / "a.h5", "joules"), Error);
}

}  // namespace ergon
