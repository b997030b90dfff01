#include "harness/record/build_info.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "tests/harness/record/scratch.h"

namespace ergon {
namespace {

// A made tree of kernels: two primitives, one of which borrows from the other, and shared files.
class MadeTree {
 public:
  MadeTree() {
    write("kernels/problem.h", "shared");
    write("kernels/cpu/team.cpp", "shared");
    write("kernels/gemm/gemm.cpp", "gemm");
    write("kernels/gemm/blocked.h", "gemm");
    write("kernels/gelu/gelu.cpp", "gelu");
    write("kernels/attention/attention.cpp", "#include \"kernels/gemm/blocked.h\"\n");
  }

  void write(const std::string& path, std::string_view text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  // Runs the script; the hash of each primitive in what it wrote.
  [[nodiscard]] std::map<std::string, std::string> hashes() const {
    const std::string output = (root_ / "build_info.cpp").string();
    const std::string command = std::string("'") + ERGON_CMAKE + "' -D source='" +
                                root_.folder().string() + "' -D output='" + output +
                                "' -D compiler=x -D 'flags=-O2 -DA=\"b\"' -D build_type=Release" +
                                " -P '" ERGON_SOURCE_DIR "/harness/record/build_info.cmake'";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream stream(output);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_NE(text.find("revision = \"\""), std::string::npos) << "no git here: " << text;
    std::map<std::string, std::string> found;  // of lines like {"gemm", "<64 digits>"},
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t name = line.find("{\""), sum = line.find("\", \"");
      if (name == std::string::npos || sum == std::string::npos) continue;
      found[line.substr(name + 2, sum - name - 2)] = line.substr(sum + 4, 64);
    }
    return found;
  }

 private:
  Scratch root_;
};

}  // namespace

TEST(BuildInfo, HashesEachPrimitiveApart) {
  const MadeTree tree;
  const auto before = tree.hashes();
  ASSERT_EQ(before.size(), std::size_t{3});
  tree.write("kernels/gelu/avx2.cpp", "a new kernel");
  const auto after = tree.hashes();
  EXPECT_NE(after.at("gelu"), before.at("gelu"));
  EXPECT_EQ(after.at("gemm"), before.at("gemm"));
  EXPECT_EQ(after.at("attention"), before.at("attention"));
}

TEST(BuildInfo, CountsBorrowedAndSharedSourcesIn) {
  const MadeTree tree;
  const auto before = tree.hashes();
  tree.write("kernels/gemm/blocked.h", "other tiles");
  const auto borrowed = tree.hashes();
  EXPECT_NE(borrowed.at("gemm"), before.at("gemm"));
  EXPECT_NE(borrowed.at("attention"), before.at("attention"));
  EXPECT_EQ(borrowed.at("gelu"), before.at("gelu"));
  tree.write("kernels/cpu/team.cpp", "other threads");
  const auto shared = tree.hashes();
  for (const auto& [primitive, hash] : shared) EXPECT_NE(hash, borrowed.at(primitive));
}

TEST(BuildInfo, SaysHowThisBuildWasMade) {
  EXPECT_FALSE(build_info().compiler.empty());
  EXPECT_FALSE(build_info().build_type.empty());
  EXPECT_TRUE(build_info().revision.empty() || build_info().revision.size() == 40);
}

}  // namespace ergon
