#include "kernels/cuda/nvidia_library.h"

#include <dlfcn.h>
#include <glob.h>

#include <cstdlib>

namespace ergon {
namespace {

// Folders, as patterns: what environment variables name, then the usual places.
std::vector<std::string> folder_patterns() {
  std::vector<std::string> patterns;
  const auto add = [&](const char* variable, const char* below) {
    const char* folder = std::getenv(variable);
    if (folder != nullptr && *folder != '\0') patterns.push_back(std::string(folder) + below);
  };
  add("VIRTUAL_ENV", "/lib/python3*/site-packages/nvidia/*/lib");
  add("CONDA_PREFIX", "/lib/python3*/site-packages/nvidia/*/lib");
  add("HOME", "/.local/lib/python3*/site-packages/nvidia/*/lib");
  patterns.emplace_back("/usr/local/lib/python3*/*-packages/nvidia/*/lib");
  patterns.emplace_back("/usr/lib/python3*/*-packages/nvidia/*/lib");
  patterns.emplace_back("/opt/*/lib/python3*/site-packages/nvidia/*/lib");
  for (const char* below : {"/lib64", "/lib"}) {
    add("CUDA_HOME", below);
    patterns.push_back(std::string("/usr/local/cuda") + below);
    patterns.push_back(std::string("/usr/local/cuda-*") + below);
  }
  return patterns;
}

}  // namespace

std::vector<std::string> nvidia_library_paths(const char* variable,
                                              std::span<const char* const> names) {
  if (const char* path = std::getenv(variable); path != nullptr) return {path};
  std::vector<std::string> paths(names.begin(), names.end());
  for (const std::string& folder : folder_patterns()) {
    for (const char* name : names) {
      glob_t found = {};
      if (::glob((folder + "/" + name).c_str(), 0, nullptr, &found) == 0) {
        paths.insert(paths.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
      }
      ::globfree(&found);
    }
  }
  return paths;
}

void* open_nvidia_library(const char* variable, std::span<const char* const> names) {
  for (const std::string& path : nvidia_library_paths(variable, names)) {
    if (void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); library != nullptr) {
      return library;
    }
  }
  return nullptr;
}

}  // namespace ergon
