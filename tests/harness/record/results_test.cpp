#include "harness/record/results.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
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

std::string message_of(const std::filesystem::path& file) {
  try {
    (void)read_results(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST(Results, ComeBackFromAFileFieldByField) {
  const Scratch scratch;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Results results = random_results(seed);
    write_results(scratch / "a.h5", results);
    const std::vector<std::string> wanted = lines_of(results);
    const std::vector<std::string> found = lines_of(read_results(scratch / "a.h5"));
    ASSERT_EQ(wanted, found);
  }
}

TEST(Results, ComeBackWhereThereAreNone) {
  const Scratch scratch;
  write_results(scratch / "a.h5", Results{});
  EXPECT_TRUE(lines_of(read_results(scratch / "a.h5")).empty());
  const Results run_alone = random_results(1, {.runs = 1, .records = 0});
  write_results(scratch / "a.h5", run_alone);
  EXPECT_EQ(lines_of(run_alone), lines_of(read_results(scratch / "a.h5")));
}

TEST(Results, ComeBackFromColumnsOfManyChunks) {
  const Scratch scratch;
  const Results results =
      random_results(7, {.runs = 2, .records = 30000, .windows_max = 1, .times_max = 1});
  write_results(scratch / "a.h5", results);
  ASSERT_TRUE(lines_of(results) == lines_of(read_results(scratch / "a.h5")));
}

TEST(Results, KeepRecordsOfKernelsThatThisBuildLacks) {
  const Scratch scratch;
  Results results = random_results(3);
  Kernel other = *results.records[0].point.kernel;
  other.name = "of_another_build";
  other.bind = nullptr;
  results.records[0].point.kernel = &other;
  results.records[5].point = results.records[0].point;
  write_results(scratch / "a.h5", results);
  const Results read = read_results(scratch / "a.h5");
  EXPECT_EQ(lines_of(results), lines_of(read));
  ASSERT_EQ(read.foreign_kernels.size(), std::size_t{1});
  EXPECT_EQ(kernel_unavailable(*read.records[0].point.kernel), "this build lacks the kernel");
}

TEST(Results, RefuseFilesThatAreNotTheirs) {
  const Scratch scratch;
  const auto file = scratch / "a.h5";
  EXPECT_EQ(message_of(file), file.string() + ": No such file or directory");
  EXPECT_NE(message_of(scratch.folder()).find("not a file"), std::string::npos);
  write_text(file, "");
  EXPECT_NE(message_of(file).find("cannot be read as HDF5"), std::string::npos);
  write_text(file, "name,value\na,1\n");
  EXPECT_EQ(message_of(file),
            file.string() +
                ": cannot be read as HDF5; expected a result file of `ergon run`, "
                "whole; HDF5 says: file signature not found");
}

TEST(Results, RefuseATruncatedFileAtAnyLength) {
  const Scratch scratch;
  write_results(scratch / "whole.h5", random_results(11, {.runs = 1, .records = 2}));
  const std::string whole = contents(scratch / "whole.h5");
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += 1 + whole.size() / 97) {
    write_text(scratch / "a.h5", std::string_view(whole).substr(0, bytes));
    EXPECT_NE(message_of(scratch / "a.h5").find("cannot be read as HDF5"), std::string::npos)
        << bytes << " of " << whole.size();
  }
}

TEST(Results, LeaveNothingBesideTheFile) {
  const Scratch scratch;
  write_results(scratch / "a.h5", random_results(1));
  write_results(scratch / "a.h5", random_results(2));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.folder()), {}), 1);
}

TEST(Results, NameTheFolderThatIsNotThere) {
  const Scratch scratch;
  try {
    write_results(scratch / "none" / "a.h5", Results{});
    FAIL() << "written";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("there is no folder"), std::string::npos);
  }
}

TEST(Results, LeaveTheOldFileWhereTheDiskIsFull) {
  const Scratch scratch;
  write_results(scratch / "a.h5", random_results(1));
  const std::string before = contents(scratch / "a.h5");
  const Results larger = random_results(2, {.records = 300});
  for (const std::size_t room : {std::size_t{0}, std::size_t{1}, before.size() / 2}) {
    const DiskLimit limit(room);
    try {
      write_results(scratch / "a.h5", larger);
      FAIL() << "written into " << room << " bytes";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("what was there before is untouched"),
                std::string::npos);
    }
  }
  EXPECT_TRUE(contents(scratch / "a.h5") == before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.folder()), {}), 1);
}

TEST(Results, MergeToTheSameHoweverOften) {
  const Results a = random_results(1), b = random_results(2);
  const Results once = merge(a, b);
  EXPECT_EQ(once.runs.size(), a.runs.size() + b.runs.size());
  EXPECT_EQ(once.records.size(), a.records.size() + b.records.size());
  EXPECT_EQ(once.idle.size(), a.idle.size() + b.idle.size());
  EXPECT_EQ(lines_of(merge(once, b)), lines_of(once));
  EXPECT_EQ(lines_of(merge(once, a)), lines_of(once));
  EXPECT_EQ(lines_of(merge(once, once)), lines_of(once));
}

TEST(Results, MergeKeepsEachRecordWithItsRun) {
  const Results a = random_results(1), b = random_results(2);
  const Results merged = merge(a, b);
  for (std::size_t i = 0; i < b.records.size(); ++i) {
    const Record& record = merged.records[a.records.size() + i];
    EXPECT_EQ(merged.runs[record.run].id, b.runs[b.records[i].run].id);
  }
  for (std::size_t i = 0; i < b.idle.size(); ++i) {
    const IdleStretch& stretch = merged.idle[a.idle.size() + i];
    EXPECT_EQ(merged.runs[stretch.run].id, b.runs[b.idle[i].run].id);
  }
}

TEST(Results, MergeAddsOnlyTheRecordsThatAreNew) {
  const Results all = random_results(4);
  Results first = all, rest = all;
  first.records.resize(8);
  rest.records.erase(rest.records.begin(), rest.records.begin() + 5);
  EXPECT_EQ(lines_of(merge(first, rest)), lines_of(all));
}

TEST(Results, MergeRefusesARunWithOtherChannels) {
  Results a = random_results(1), b = a;
  b.runs[0].channels.emplace_back().name = "another";
  EXPECT_THROW((void)merge(a, b), Error);
}

}  // namespace ergon
