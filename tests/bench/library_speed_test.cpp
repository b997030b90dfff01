#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

constexpr const char* kSweep = R"(
name: tiny
groups:
  - kernels: [gemm/best, gemm/openblas, gemm/blis, gemm/xsmm]
    axes: {"m,n,k": [[16, 16, 16], [1, 32, 32]]}
    options: {transpose_b: [no, yes]}
    threads: 1
  - kernels: [softmax/best]
    axes: {rows: 8, columns: 32}
    threads: 1
)";

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class LibrarySpeed : public ::testing::Test {
 protected:
  LibrarySpeed() { std::ofstream(sweep_) << kSweep; }
  [[nodiscard]] ProgramOutcome run(const std::string& arguments) const {
    return run_program(ERGON_LIBRARY_SPEED, sweep_.string() + " " + arguments);
  }
  TemporaryFolder folder_;
  std::filesystem::path sweep_ = folder_.path() / "tiny.yaml";
};

}  // namespace

TEST_F(LibrarySpeed, MeasuresASweepAndKeepsIt) {
  const std::string output = (folder_.path() / "out").string();
  const ProgramOutcome outcome = run("--blocks 2 --samples 2 --output " + output);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("5 contests"), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("block 2 of 2: 5 of 5 contests"), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("| gemm m=16,n=16,k=16 | 1 | "), std::string::npos) << outcome.text;
  const std::string kept = read(output + ".md");
  EXPECT_EQ(kept.find("# Speed against libraries"), 0u);
  EXPECT_NE(outcome.text.find(kept), std::string::npos);
  EXPECT_GT(std::filesystem::file_size(output + ".h5"), 4096u);
}

TEST_F(LibrarySpeed, TakesContestsByName) {
  const ProgramOutcome outcome = run("--blocks 2 --samples 1 --filter transpose_b");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("2 contests"), std::string::npos) << outcome.text;
  const ProgramOutcome none = run("--filter nothing");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_NE(none.text.find("no contest's name holds 'nothing'"), std::string::npos) << none.text;
}

TEST_F(LibrarySpeed, DrawsShapes) {
  const ProgramOutcome outcome = run("--blocks 2 --samples 1 --filter softmax --random 3 --seed 2");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_NE(outcome.text.find("3 contests"), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("shapes drawn at random"), std::string::npos) << outcome.text;
}

TEST_F(LibrarySpeed, RefusesOneBlock) { EXPECT_NE(run("--blocks 1").exit_code, 0); }

}  // namespace ergon
