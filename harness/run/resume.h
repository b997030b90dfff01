#pragma once

#include <string>
#include <unordered_set>

#include "harness/config/protocol.h"
#include "harness/record/results.h"

namespace ergon {

// What stands for a visit: the point's id, and the replicate where that is not the first.
[[nodiscard]] std::string visit_id(const std::string& point_id, int replicate);

// The visits that earlier runs measured, by visit_id; sentinels stand beside the plan and do not
// count.
struct DonePoints {
  std::unordered_set<std::string> ids;    // with these kernel sources and this protocol
  std::unordered_set<std::string> stale;  // only with others
  std::string difference;  // how a stale record differs: "gemm kernels ...", "protocol ..."
};

// `ranks`: that run a point at once now; records of other numbers of them are stale.
[[nodiscard]] DonePoints done_points(const Results& results, const Protocol& protocol,
                                     int ranks = 1);

}  // namespace ergon
