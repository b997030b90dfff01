#include "harness/run/resume.h"

#include <gtest/gtest.h>

#include "harness/record/provenance.h"

namespace ergon {
namespace {

Protocol protocol() { return protocol_presets()[0]; }

Point gemm_point(std::int64_t m) {
  Point point;
  point.problem = {primitive::named("gemm"), {}, {m, 8, 8}, {0, 0, 0}};
  point.kernel = kernel::named("gemm/reference");
  return point;
}

// A file of one run with these kernel sources and this protocol, and one point.
Results measured(const std::string& kernels, const Protocol& by, std::int64_t m) {
  Results results;
  RunInfo& run = results.runs.emplace_back();
  run.kernels_hash = kernels;
  run.protocol = protocol_key(by);
  results.records.emplace_back().point = gemm_point(m);
  return results;
}

std::string gemm_source() { return "attention=1,gemm=" + kernel_hash("gemm") + ",softmax=2"; }

}  // namespace

TEST(DonePoints, AreThoseOfTheSameSourcesAndProtocol) {
  const DonePoints done = done_points(measured(gemm_source(), protocol(), 4), protocol());
  EXPECT_EQ(done.ids, std::unordered_set{point_id(gemm_point(4))});
  EXPECT_TRUE(done.stale.empty());
}

TEST(DonePoints, AreStaleWhereOtherNumbersOfRanksRanThem) {
  Results results = measured(gemm_source(), protocol(), 4);
  results.records[0].ranks = 4;
  EXPECT_TRUE(done_points(results, protocol(), 4).stale.empty());
  const DonePoints alone = done_points(results, protocol());
  EXPECT_TRUE(alone.ids.empty());
  EXPECT_EQ(alone.difference, "run by 4 ranks at once");
}

TEST(DonePoints, AreStaleWithOtherSourcesOfTheirOwnPrimitive) {
  const DonePoints done = done_points(measured("attention=1,gemm=3", protocol(), 4), protocol());
  EXPECT_TRUE(done.ids.empty());
  EXPECT_EQ(done.stale, std::unordered_set{point_id(gemm_point(4))});
  EXPECT_EQ(done.difference, "another source of the gemm kernels");
}

TEST(DonePoints, AreStaleWithAnotherProtocol) {
  Protocol other = protocol();
  other.windows_max += 1;
  const DonePoints done = done_points(measured(gemm_source(), other, 4), protocol());
  EXPECT_EQ(done.stale.size(), 1u);
  EXPECT_EQ(done.difference, "protocol " + protocol_key(other));
}

TEST(DonePoints, AreNotStaleWhereALaterRunMeasuredThemAnew) {
  Results results = measured("gemm=3", protocol(), 4);
  const Results later = measured(gemm_source(), protocol(), 4);
  results.runs.push_back(later.runs[0]);
  results.records.push_back(later.records[0]);
  results.records.back().run = 1;
  const DonePoints done = done_points(results, protocol());
  EXPECT_EQ(done.ids.size(), 1u);
  EXPECT_TRUE(done.stale.empty());
}

TEST(DonePoints, AreCountedByReplicate) {
  Results results = measured(gemm_source(), protocol(), 4);
  results.records.push_back(results.records[0]);
  results.records.back().replicate = 2;
  const std::string id = point_id(gemm_point(4));
  EXPECT_EQ(done_points(results, protocol()).ids, (std::unordered_set<std::string>{id, id + "/2"}));
  EXPECT_EQ(visit_id(id, 0), id);
  EXPECT_EQ(visit_id(id, 2), id + "/2");
}

TEST(DonePoints, AreNoSentinels) {
  Results results = measured(gemm_source(), protocol(), 4);
  results.records[0].sentinel = true;
  EXPECT_TRUE(done_points(results, protocol()).ids.empty());
}

}  // namespace ergon
