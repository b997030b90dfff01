#pragma once

#include <string>
#include <unordered_set>

#include "harness/config/protocol.h"
#include "harness/record/results.h"

namespace ergon {

// The points that earlier runs measured, by id.
struct DonePoints {
  std::unordered_set<std::string> ids;    // with these kernel sources and this protocol
  std::unordered_set<std::string> stale;  // only with others
  std::string difference;  // how a stale record differs: "gemm kernels ...", "protocol ..."
};

[[nodiscard]] DonePoints done_points(const Results& results, const Protocol& protocol);

}  // namespace ergon
