#include "kernels/cuda/nvidia_library.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "tests/temporary_folder.h"

namespace ergon {
namespace {

constexpr std::array<const char*, 1> kNames = {"libcublasLt.so.13"};

}  // namespace

TEST(NvidiaLibrary, IsSoughtByTheLoaderThenInPackagesThenInToolkits) {
  const TemporaryFolder folder;
  const auto site = folder.path() / "lib/python3.11/site-packages/nvidia/cu13/lib";
  const auto toolkit = folder.path() / "toolkit/lib64";
  for (const auto& each : {site, toolkit}) {
    std::filesystem::create_directories(each);
    std::ofstream(each / "libcublasLt.so.13") << "no library";
  }
  ::setenv("VIRTUAL_ENV", folder.path().c_str(), 1);
  ::setenv("CUDA_HOME", (folder.path() / "toolkit").c_str(), 1);
  const std::vector<std::string> paths = nvidia_library_paths("ERGON_NO_SUCH_VARIABLE", kNames);
  ::unsetenv("VIRTUAL_ENV");
  ::unsetenv("CUDA_HOME");
  ASSERT_GE(paths.size(), 3u);
  EXPECT_EQ(paths[0], "libcublasLt.so.13");
  EXPECT_EQ(paths[1], (site / "libcublasLt.so.13").string());
  EXPECT_NE(std::find(paths.begin() + 2, paths.end(), (toolkit / "libcublasLt.so.13").string()),
            paths.end());
}

TEST(NvidiaLibrary, IsTheOneThatAVariableNamesAndNoOther) {
  ::setenv("ERGON_MADE_LIBRARY", "/nowhere/libmade.so", 1);
  EXPECT_EQ(nvidia_library_paths("ERGON_MADE_LIBRARY", kNames),
            std::vector<std::string>{"/nowhere/libmade.so"});
  EXPECT_EQ(open_nvidia_library("ERGON_MADE_LIBRARY", kNames), nullptr);
  ::unsetenv("ERGON_MADE_LIBRARY");
}

}  // namespace ergon
