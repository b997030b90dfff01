#include "harness/record/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "kernels/error.h"
#include "tests/harness/record/random_results.h"
#include "tests/harness/record/scratch.h"

namespace ergon {
namespace {

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_text(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

// Runs, idle stretches, records: in this order each finds its run.
void append_all(Journal& journal, const Results& results) {
  for (const RunInfo& run : results.runs) journal.append(run);
  for (const IdleStretch& stretch : results.idle) journal.append(stretch);
  for (const Record& record : results.records) journal.append(record);
}

std::vector<std::string> recovered_lines(const std::filesystem::path& file) {
  return lines_of(Journal(file).recovered());
}

std::string message_of(const std::filesystem::path& file) {
  try {
    const Journal journal(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// A journal of one run and two records, and its size after each frame.
struct SmallJournal {
  Results results = random_results(5, {.runs = 1, .records = 2, .windows_max = 1, .times_max = 2});
  std::string bytes;
  std::vector<std::size_t> ends;

  explicit SmallJournal(const std::filesystem::path& file) {
    results.idle.clear();
    Journal journal(file);
    ends.push_back(contents(file).size());
    journal.append(results.runs[0]);
    for (const Record& record : results.records) {
      ends.push_back(contents(file).size());
      journal.append(record);
    }
    bytes = contents(file);
    ends.push_back(bytes.size());
  }

  // What of it is left after so many frames.
  [[nodiscard]] Results first(std::size_t frames) const {
    Results left = results;
    left.records.resize(frames == 0 ? 0 : frames - 1);
    if (frames == 0) left.runs.clear();
    return left;
  }
};

}  // namespace

TEST(Journal, KeepsWhatTheSamplingOfARunCostLast) {
  const Scratch scratch;
  Results results = random_results(5, {.runs = 2, .records = 2});
  {
    Journal journal(scratch / "a.journal");
    append_all(journal, results);
    journal.append({.cpu = {1}, .elapsed = {2}, .channels = {}}, 1);
    journal.append({.cpu = {0.25}, .elapsed = {500}, .channels = {{7, {1e-3}}, {9, {1e-6}}}}, 1);
  }
  results.runs[1].sampling = {
      .cpu = {0.25}, .elapsed = {500}, .channels = {{7, {1e-3}}, {9, {1e-6}}}};
  EXPECT_EQ(recovered_lines(scratch / "a.journal"), lines_of(results));
}

TEST(Journal, GivesBackWhatWasAppended) {
  const Scratch scratch;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto file = scratch / ("journal-" + std::to_string(seed));
    const Results results = random_results(seed);
    {
      Journal journal(file);
      EXPECT_TRUE(journal.recovered().runs.empty());
      append_all(journal, results);
    }
    ASSERT_EQ(recovered_lines(file), lines_of(results));
  }
}

TEST(Journal, CutAtAnyByteKeepsTheFramesBeforeAndGoesOn) {
  const Scratch scratch;
  const auto file = scratch / "a.journal";
  const SmallJournal small(scratch / "whole.journal");
  for (std::size_t bytes = 0; bytes <= small.bytes.size(); ++bytes) {
    SCOPED_TRACE(testing::Message() << bytes << " bytes");
    write_text(file, std::string_view(small.bytes).substr(0, bytes));
    const auto whole = std::ranges::upper_bound(small.ends, bytes) - small.ends.begin();
    const auto frames = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, whole - 1));
    Results expected = small.first(frames);
    {
      Journal journal(file);
      ASSERT_EQ(lines_of(journal.recovered()), lines_of(expected));
      if (frames == 0) continue;
      journal.append(small.results.records[1]);
    }
    expected.records.push_back(small.results.records[1]);
    ASSERT_EQ(recovered_lines(file), lines_of(expected));
  }
}

TEST(Journal, TakesAnEndOfZerosForATornOne) {
  const Scratch scratch;
  const SmallJournal small(scratch / "a.journal");
  std::string bytes = small.bytes;
  // A power failure may keep the length of the file and lose the last blocks.
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(small.ends[2]) + 20, bytes.end(), '\0');
  write_text(scratch / "a.journal", bytes + std::string(100, '\0'));
  EXPECT_EQ(recovered_lines(scratch / "a.journal"), lines_of(small.first(2)));
  EXPECT_EQ(contents(scratch / "a.journal").size(), small.ends[2]);
}

TEST(Journal, RefusesAFlippedByteInTheMiddleAndChangesNothing) {
  const Scratch scratch;
  const auto file = scratch / "a.journal";
  const SmallJournal small(file);
  for (std::size_t i = small.ends[1]; i < small.ends[2]; ++i) {  // the first record
    std::string bytes = small.bytes;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x40);
    write_text(file, bytes);
    const std::string message = message_of(file);
    ASSERT_NE(message.find("the frame at byte " + std::to_string(small.ends[1]) + " is corrupt"),
              std::string::npos)
        << message;
    ASSERT_NE(message.find("truncate -s " + std::to_string(small.ends[1])), std::string::npos);
    ASSERT_TRUE(contents(file) == bytes);
  }
}

TEST(Journal, RefusesAForeignFileAndAnotherVersion) {
  const Scratch scratch;
  const auto file = scratch / "a.journal";
  for (const char* foreign : {"name,value\n1,2\n3,4\n", "short"}) {
    write_text(file, foreign);
    EXPECT_NE(message_of(file).find("not a journal of ergon"), std::string::npos);
    EXPECT_EQ(contents(file), foreign);
  }
  write_text(file, std::string("ergonjnl\x09\0\0\0", 12));
  EXPECT_NE(message_of(file).find("a journal of version 9; this ergon reads version 2"),
            std::string::npos);
}

TEST(Journal, IsOpenInOnePlaceAtATime) {
  const Scratch scratch;
  const auto file = scratch / "a.journal";
  {
    const Journal journal(file);
    EXPECT_NE(message_of(file).find("another ergon"), std::string::npos);
  }
  EXPECT_EQ(message_of(file), "no error");
}

TEST(Journal, KeepsWholeFramesWhereTheDiskIsFull) {
  const Scratch scratch;
  const auto file = scratch / "a.journal";
  const SmallJournal small(file);
  Journal journal(file);
  {
    const DiskLimit limit(small.bytes.size() + 30);
    EXPECT_THROW(journal.append(small.results.records[0]), Error);
  }
  EXPECT_TRUE(contents(file) == small.bytes);
  journal.append(small.results.records[0]);
  EXPECT_EQ(contents(file).size(), small.bytes.size() + small.ends[2] - small.ends[1]);
}

TEST(Journal, IsGoneOnceRemoved) {
  const Scratch scratch;
  const auto file = journal_path(scratch / "a.h5");
  EXPECT_EQ(file.filename(), "a.h5.journal");
  Journal(file).remove();
  EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace ergon
