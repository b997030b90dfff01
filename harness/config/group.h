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

// Reads one entry of `groups`. Throws Error with the place of what is wrong.
[[nodiscard]] Sweep::Group read_group(const Yaml& node, const GroupSite& site);

}  // namespace ergon
