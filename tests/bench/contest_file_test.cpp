#include "bench/contest_file.h"

#include <gtest/gtest.h>

#include <cstring>

#include "harness/record/hdf5.h"
#include "tests/bench/made_contest.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

std::vector<double> numbers(const hdf5::File& file, const char* group, const char* name) {
  const hdf5::Column column = file.open_column(group, name);
  std::vector<double> values(static_cast<std::size_t>(column.rows()));
  EXPECT_EQ(column.type().kind, hdf5::Kind::float64);
  column.read(0, column.rows(), reinterpret_cast<std::byte*>(values.data()));
  return values;
}

std::vector<std::int64_t> integers(const hdf5::File& file, const char* group, const char* name) {
  const hdf5::Column column = file.open_column(group, name);
  std::vector<std::int64_t> values(static_cast<std::size_t>(column.rows()));
  EXPECT_EQ(column.type().kind, hdf5::Kind::int64);
  column.read(0, column.rows(), reinterpret_cast<std::byte*>(values.data()));
  return values;
}

std::vector<std::string> texts(const hdf5::File& file, const char* group, const char* name) {
  const hdf5::Column column = file.open_column(group, name);
  const std::size_t bytes = column.type().bytes;
  std::vector<std::byte> cells(static_cast<std::size_t>(column.rows()) * bytes);
  column.read(0, column.rows(), cells.data());
  std::vector<std::string> values;
  for (std::size_t i = 0; i < cells.size(); i += bytes) {
    const auto* text = reinterpret_cast<const char*>(&cells[i]);
    values.emplace_back(text, strnlen(text, bytes));
  }
  return values;
}

}  // namespace

TEST(ContestFile, HoldsEverySampleAndWhatTheyComeTo) {
  Comparison comparison;
  comparison.contests = {made_contest()};
  fill_contest(comparison.contests.front(), 1.3, 0.8);
  comparison.contests.front().contenders[1].samples[3].switches = 7;
  comparison.sweep_text = "groups: []";
  const TemporaryFolder folder;
  write_contest_file(folder.path() / "a.h5", comparison);

  const hdf5::File file(folder.path() / "a.h5");
  EXPECT_EQ(texts(file, "/run", "sweep"), std::vector<std::string>{"groups: []"});
  EXPECT_EQ(texts(file, "/contests", "ours"), std::vector<std::string>{"reference"});
  EXPECT_EQ(texts(file, "/contests", "best_peer"), std::vector<std::string>{"openblas"});
  EXPECT_EQ(texts(file, "/contests", "verdict"), std::vector<std::string>{"short"});
  EXPECT_NEAR(numbers(file, "/contests", "ratio").front(), 1.3, 0.01);
  EXPECT_NEAR(numbers(file, "/contests", "of_ceiling_high").front(), 0.8, 1e-6);
  EXPECT_EQ(numbers(file, "/contests", "of_ceiling_must").front(), 0.84);
  EXPECT_EQ(texts(file, "/contenders", "kernel").size(), 3u);
  EXPECT_EQ(texts(file, "/contenders", "kernel")[1], "gemm/openblas");
  EXPECT_EQ(integers(file, "/contenders", "clean"), (std::vector<std::int64_t>{10, 9, 10}));
  const std::vector<std::int64_t> switches = integers(file, "/samples", "switches");
  ASSERT_EQ(switches.size(), 30u);
  EXPECT_EQ(switches[13], 7);
  EXPECT_EQ(integers(file, "/samples", "contender")[13], 1);
  EXPECT_EQ(integers(file, "/samples", "block")[29], 4);
  EXPECT_EQ(numbers(file, "/samples", "time_s").front(), 1e-3);
  EXPECT_EQ(file.open_column("/samples", "time_s").about().unit, "s");
}

}  // namespace ergon
