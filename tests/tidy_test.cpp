#include "tests/tidy.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace ergon::tidy {
namespace {

const std::filesystem::path kRoot = ERGON_SOURCE_DIR;

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool is_source(const std::filesystem::path& file) {
  return std::set<std::string>{".h", ".cpp", ".cu", ".cuh"}.contains(file.extension().string());
}

std::string joined(const std::vector<Complaint>& complaints) {
  std::string text;
  for (const Complaint& complaint : complaints) text += "\n" + complaint;
  return text;
}

std::string long_function(int lines) {
  std::string text = "int f(int a) {\n";
  for (int i = 0; i < lines - 2; ++i) text += "  ++a;\n";
  return text + "}\n";
}

}  // namespace

TEST(Tidy, EverySourceKeepsTheHouseStyle) {
  for (const auto& file : repository_files(kRoot)) {
    if (!is_source(file)) continue;
    const auto complaints = check_source(file, read(kRoot / file));
    EXPECT_TRUE(complaints.empty()) << joined(complaints);
  }
}

TEST(Tidy, LibrariesStayBehindOneFolder) {
  std::map<std::filesystem::path, std::string> sources;
  for (const auto& file : repository_files(kRoot)) {
    if (is_source(file)) sources[file] = read(kRoot / file);
  }
  const auto complaints = check_privacy(sources);
  EXPECT_TRUE(complaints.empty()) << joined(complaints);
  const auto names = check_type_names(sources);
  EXPECT_TRUE(names.empty()) << joined(names);
}

TEST(Tidy, SeesTypesOfOneName) {
  const std::map<std::filesystem::path, std::string> sources = {
      {"analysis/a.h", "namespace ergon {\nstruct Sample {\n"},
      {"bench/b.h", "namespace ergon {\nstruct Other;\nstruct Sample {\n"},
      {"bench/c.h", "namespace ergon::c {\nclass Sample final : public Other {\n"}};
  EXPECT_EQ(joined(check_type_names(sources)),
            "\nbench/b.h:3: Sample is a type of analysis/a.h as well");
}

TEST(Tidy, TheTopLevelHoldsOnlyTheFloorsAndTheirKeepers) {
  const std::set<std::string> allowed = {"CMakeLists.txt", "CMakePresets.json",
                                         "LICENSE",        "README.md",
                                         "analysis",       "bench",
                                         "configs",        "harness",
                                         "kernels",        "quickstart.sh",
                                         "results",        "slurm",
                                         "test.sh",        "tests"};
  for (const auto& entry : std::filesystem::directory_iterator(kRoot)) {
    const std::string name = entry.path().filename().string();
    const bool built = name == "build" || name.starts_with("build-");
    EXPECT_TRUE(name.starts_with(".") || built || allowed.contains(name)) << name;
  }
}

// tests/<floor>/<path>_test.cpp tests <floor>/<path>: a source, a header or a whole folder.
TEST(Tidy, EveryTestTwinsASource) {
  for (const auto& file : repository_files(kRoot / "tests")) {
    const std::string path = file.string();
    const std::string suffix = "_test.cpp";
    if (!path.ends_with(suffix) || path.find('/') == std::string::npos) continue;
    const std::string stem = path.substr(0, path.size() - suffix.size());
    bool twin = false;
    for (const char* end : {".cpp", ".cu", ".h", ""}) {
      twin = twin || std::filesystem::exists(kRoot / (stem + end));
    }
    EXPECT_TRUE(twin) << "tests/" << path << " has no " << stem << "{.cpp,.cu,.h,/}";
  }
}

TEST(Tidy, SeesALineOf101Columns) {
  EXPECT_TRUE(check_source("kernels/a.cpp", std::string(100, 'a') + "\n").empty());
  EXPECT_EQ(joined(check_source("kernels/a.cpp", std::string(101, 'a') + "\n")),
            "\nkernels/a.cpp:1: line over 100 columns");
}

TEST(Tidy, SeesAFunctionOf71Lines) {
  EXPECT_TRUE(check_source("bench/a.cpp", long_function(70)).empty());
  EXPECT_EQ(joined(check_source("bench/a.cpp", long_function(71))),
            "\nbench/a.cpp:1: function of 71 lines, over 70");
}

TEST(Tidy, FindsFunctionsInClassesAndNamespacesAndPassesOverInitialisers) {
  const std::string source =
      "namespace a {\nstruct B {\n  int c() const { return 1; }\n};\n"
      "const int kList[] = {1, 2};\nint d(int e)\n{\n  if (e) { return 1; }\n  return 0;\n}\n}\n";
  const auto bodies = function_bodies(source);
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0].line, 3);
  EXPECT_EQ(bodies[0].lines, 1);
  EXPECT_EQ(bodies[1].line, 6);
  EXPECT_EQ(bodies[1].lines, 5);
}

TEST(Tidy, SeesAnIncludeThatGoesUp) {
  const std::string up = "#include \"harness/units.h\"\n";
  EXPECT_EQ(joined(check_source("kernels/a.cpp", up)),
            "\nkernels/a.cpp:1: an include goes only down the floors");
  EXPECT_TRUE(check_source("analysis/a.cpp", up).empty());
}

TEST(Tidy, SeesALibrarysHeaderLeaveItsFolder) {
  const std::map<std::filesystem::path, std::string> sources = {
      {"harness/record/file.h", "#include <hdf5.h>\n"},
      {"harness/record/a.cpp", "#include \"harness/record/file.h\"\n"},
      {"harness/run/b.cpp", "#include \"harness/record/file.h\"\n"}};
  EXPECT_EQ(joined(check_privacy(sources)),
            "\nharness/run/b.cpp:1: harness/record/file.h wraps a library for its own folder");
}

TEST(Tidy, SeesTabsTrailingSpaceAndUnfinishedWork) {
  EXPECT_EQ(check_source("bench/a.cpp", "\tint a;\n").size(), 1u);
  EXPECT_EQ(check_source("bench/a.cpp", "int a; \n").size(), 1u);
  EXPECT_EQ(check_source("bench/a.cpp",
                         "// TO"
                         "DO: more\n")
                .size(),
            1u);
}

TEST(Tidy, IgnoresWhatStandsInLiteralsAndComments) {
  EXPECT_EQ(blank_literals("a(\"{\"); // }\nb('{');"), "a(\" \");     \nb(' ');");
  EXPECT_EQ(blank_literals("R\"x({)\" y)x\" + 1'000"),
            "            "
            ""
            " + 1'000");
}

}  // namespace ergon::tidy
