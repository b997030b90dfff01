#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/config/sweep.h"
#include "harness/units.h"
#include "kernels/check.h"

namespace ergon {

// One timing: launches back to back.
struct Timing {
  int block = 0;
  Seconds per_launch;
  std::int64_t switches = 0;  // involuntary context switches of the process meanwhile
};

// A kernel in a contest: its point, and what was seen of it.
struct Contender {
  Point point;
  std::string refusal = {};  // why it does not take part; empty where it does
  Check check = {};
  std::int64_t launches = 0;  // of one sample
  std::vector<Timing> samples = {};

  // A library's, or ours: only kernels of a library have a version.
  [[nodiscard]] bool is_peer() const { return point.kernel->version != nullptr; }
  [[nodiscard]] bool is_wrong() const { return refusal.empty() && !check.passed; }
};

// One problem under one condition (threads, weights, cold, fill), and every kernel that a sweep
// names for it. Plain weights and packed ones are two contests: like is compared with like.
struct Contest {
  std::vector<Contender> contenders;  // at least one
  // What the machine can do, measured in the same blocks: the fma probe where the problem has
  // arithmetic to fill it, else a copy that moves as many bytes.
  Contender ceiling;

  [[nodiscard]] const Point& condition() const { return contenders.front().point; }
  [[nodiscard]] bool is_of_bytes() const;
};

// "gemm m=512,n=768,k=768 transpose_b=yes packed": all of the condition but the threads. Options at
// their default, and weights as they come, are left out.
[[nodiscard]] std::string contest_name(const Point& condition);

// Points that differ by their kernels alone become one contest; in the order of their first points.
// Throws Error for a problem that is none.
[[nodiscard]] std::vector<Contest> make_contests(const std::vector<Point>& points);

// The points of a sweep as it lists them, each once.
[[nodiscard]] std::vector<Point> listed_points(const Sweep& sweep);

}  // namespace ergon
