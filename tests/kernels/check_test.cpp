#include "kernels/check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "tests/kernels/operands.h"

namespace ergon {
namespace {

constexpr std::int64_t kAll = std::int64_t{1} << 40;

float* floats(std::vector<std::byte>& bytes) { return reinterpret_cast<float*>(bytes.data()); }

class CheckTest : public ::testing::Test {
 protected:
  CheckTest() { fill_reference(problem_, operands_); }
  [[nodiscard]] Check check() { return check_output(problem_, operands_, kAll, 1); }
  float* c() { return floats(operands_.back()); }

  static constexpr std::int64_t kM = 23, kN = 37, kK = 500;
  Problem problem_ = make_problem(*primitive::named("gemm"), {kM, kN, kK});
  std::vector<std::vector<std::byte>> operands_ = make_operands(problem_, 11);
};

}  // namespace

TEST_F(CheckTest, PassesTheRoundedReference) {
  const Check found = check();
  EXPECT_TRUE(found.passed) << found.worst;
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.checked, kM * kN);
  EXPECT_LE(found.error_max, 0x1p-24);
  EXPECT_EQ(found.worst, "");
}

TEST_F(CheckTest, CatchesADroppedTerm) {
  for (const std::int64_t element : {std::int64_t{0}, kM * kN / 2, kM * kN - 1}) {
    const std::int64_t p = kK - 1;
    const float term =
        floats(operands_[0])[element / kN * kK + p] * floats(operands_[1])[p * kN + element % kN];
    ASSERT_GT(std::fabs(term), 0.005F);
    c()[element] -= term;
    const Check found = check();
    EXPECT_FALSE(found.passed) << element;
    EXPECT_NE(found.worst.find("c[" + std::to_string(element / kN) + ", " +
                               std::to_string(element % kN) + "] is "),
              std::string::npos)
        << found.worst;
    c()[element] += term;
  }
}

TEST_F(CheckTest, CatchesSwappedElements) {
  std::swap(c()[3 * kN + 17], c()[3 * kN + 18]);
  EXPECT_FALSE(check().passed);
}

TEST_F(CheckTest, CatchesNanAndInfinity) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const float kept = std::exchange(c()[kN + 2], bad);
    const Check found = check();
    EXPECT_FALSE(found.passed);
    EXPECT_NE(found.worst.find("c[1, 2]"), std::string::npos) << found.worst;
    c()[kN + 2] = kept;
  }
}

TEST_F(CheckTest, CatchesAnUnwrittenOutput) {
  std::memset(c(), 0, operands_.back().size());
  EXPECT_FALSE(check().passed);
}

TEST_F(CheckTest, WantsExactZeroWhereNothingIsAdded) {
  std::memset(operands_[0].data(), 0, operands_[0].size());
  fill_reference(problem_, operands_);
  EXPECT_TRUE(check().passed);
  c()[5] = 1e-44F;
  EXPECT_FALSE(check().passed);
}

TEST_F(CheckTest, AllowsAFlushedSubnormal) {
  std::memset(operands_[0].data(), 0, operands_[0].size());
  floats(operands_[0])[0] = 1e-42F;  // one term a sum in row 0, all subnormal
  fill_reference(problem_, operands_);
  std::memset(c(), 0, operands_.back().size());
  EXPECT_TRUE(check().passed) << check().worst;
}

TEST_F(CheckTest, SamplesTheFirstTheLastAndOtherSlices) {
  const std::int64_t row = 2 * kN * kK;
  const Check sampled = check_output(problem_, operands_, 6 * row, 1);
  EXPECT_FALSE(sampled.complete);
  EXPECT_EQ(sampled.checked, 6 * kN);
  EXPECT_EQ(check_output(problem_, operands_, 1, 1).checked, 4 * kN);
  c()[kM * kN - 1] += 1;
  EXPECT_FALSE(check_output(problem_, operands_, 1, 1).passed);
}

}  // namespace ergon
