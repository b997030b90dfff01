#pragma once

#include "harness/config/shapes.h"
#include "harness/config/sweep.h"
#include "harness/config/yaml.h"

namespace ergon {

// What a group's YAML cannot say by itself.
struct GroupSite {
  Shapes& shapes;
  int threads_all;  // what `threads: all` stands for: the CPUs of this process
};

// Reads one entry of `groups`: one group, or where `gemm/best` is not the same kernel for all of
// its dtypes, one for each kernel. Throws Error with the place of what is wrong.
[[nodiscard]] std::vector<Sweep::Group> read_groups(const Yaml& node, const GroupSite& site);

}  // namespace ergon
