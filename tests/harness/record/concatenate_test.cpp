#include "harness/record/concatenate.h"

#include <gtest/gtest.h>

#include "harness/record/record_index.h"
#include "harness/record/results.h"
#include "harness/record/table.h"
#include "kernels/error.h"
#include "tests/harness/record/random_results.h"
#include "tests/harness/record/scratch.h"

namespace ergon {
namespace {

// Keeps two records of three.
std::vector<bool> two_of_three(std::size_t count) {
  std::vector<bool> keep(count);
  for (std::size_t i = 0; i < count; ++i) keep[i] = i % 3 != 1;
  return keep;
}

Results filtered(Results results, const std::vector<bool>& keep) {
  std::vector<Record> kept;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (keep[i]) kept.push_back(std::move(results.records[i]));
  }
  results.records = std::move(kept);
  return results;
}

}  // namespace

TEST(Concatenate, GivesWhatMergingTheResultsGives) {
  const Scratch scratch;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::vector<ResultPart> parts;
    Results wanted;
    for (std::uint64_t part = 0; part < 3; ++part) {
      const std::uint64_t part_seed = 100 * seed + part;
      const std::vector<bool> keep = two_of_three(random_results(part_seed).records.size());
      const auto file = scratch / ("part" + std::to_string(part) + ".h5");
      write_results(file, random_results(part_seed));
      parts.push_back({file, keep});
      wanted = merge(std::move(wanted), filtered(random_results(part_seed), keep));
    }
    concatenate(scratch / "all.h5", parts);
    ASSERT_EQ(lines_of(wanted), lines_of(read_results(scratch / "all.h5")));
  }
}

TEST(Concatenate, PutsSlurmsEnergyInItsPlace) {
  const Scratch scratch;
  write_results(scratch / "a.h5", random_results(7));
  write_results(scratch / "b.h5", random_results(8));
  std::vector<ResultPart> parts;
  for (const std::uint64_t seed : {7, 8}) {
    const auto count = random_results(seed).records.size();
    parts.push_back({scratch / (seed == 7 ? "a.h5" : "b.h5"), std::vector<bool>(count, true)});
  }
  parts[1].slurm_energy = {1490};
  concatenate(scratch / "all.h5", parts);
  Results wanted = merge(random_results(7), random_results(8));
  for (std::size_t i = random_results(7).runs.size(); i < wanted.runs.size(); ++i) {
    wanted.runs[i].slurm_energy = {1490};
  }
  EXPECT_EQ(lines_of(wanted), lines_of(read_results(scratch / "all.h5")));
}

TEST(Concatenate, KeepsTheColumnsThatAreWorkedOut) {
  const Scratch scratch;
  write_results(scratch / "a.h5", random_results(7));
  write_results(scratch / "b.h5", random_results(8));
  const std::size_t count = random_results(7).records.size();
  concatenate(scratch / "all.h5",
              std::vector<ResultPart>{{scratch / "a.h5", std::vector<bool>(count, true)},
                                      {scratch / "b.h5", std::vector<bool>(count, false)}});
  std::vector<std::vector<std::string>> wanted, found;
  const ResultTable part(scratch / "a.h5", "records"), all(scratch / "all.h5", "records");
  const auto into = [](auto& rows) {
    return [&rows](std::span<const std::string> cells) {
      rows.emplace_back(cells.begin(), cells.end());
    };
  };
  part.each_row(into(wanted));
  all.each_row(into(found));
  ASSERT_EQ(wanted.size(), found.size());
  // Axes that only the other part has stand between; every column of the first is there.
  for (std::size_t c = 0; c < part.names().size(); ++c) {
    const auto names = all.names();
    const auto at = std::find(names.begin(), names.end(), part.names()[c]) - names.begin();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(wanted[i][c], found[i][static_cast<std::size_t>(at)]) << part.names()[c];
    }
  }
}

TEST(Concatenate, RefusesTheSameRunTwice) {
  const Scratch scratch;
  write_results(scratch / "a.h5", random_results(7));
  const ResultPart part{scratch / "a.h5",
                        std::vector<bool>(random_results(7).records.size(), true)};
  EXPECT_THROW(concatenate(scratch / "all.h5", std::vector<ResultPart>{part, part}), Error);
  EXPECT_FALSE(std::filesystem::exists(scratch / "all.h5"));
}

TEST(RecordIndex, IsTheSameFromAFileAndFromResults) {
  const Scratch scratch;
  const Results results = random_results(3);
  write_results(scratch / "a.h5", results);
  const RecordIndex read = read_record_index(scratch / "a.h5"), made = index_of(results);
  ASSERT_EQ(read.rows.size(), made.rows.size());
  ASSERT_EQ(read.runs.size(), made.runs.size());
  for (std::size_t i = 0; i < read.rows.size(); ++i) {
    EXPECT_EQ(read.rows[i].point, made.rows[i].point);
    EXPECT_EQ(read.rows[i].replicate, made.rows[i].replicate);
    EXPECT_EQ(read.rows[i].run_status, made.rows[i].run_status);
    EXPECT_EQ(read.primitives[read.rows[i].primitive], made.primitives[made.rows[i].primitive]);
  }
  for (std::size_t i = 0; i < read.runs.size(); ++i) EXPECT_EQ(read.runs[i].id, made.runs[i].id);
}

}  // namespace ergon
