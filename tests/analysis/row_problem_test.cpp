#include "analysis/row_problem.h"

#include <gtest/gtest.h>

#include "kernels/error.h"

namespace ergon {
namespace {

const TableKey kGemm{.kernel = "gemm/avx2"};

std::string refusal_of(const NamedExtents& extents, const NamedChoices& choices = {}) {
  try {
    (void)row_problem(kGemm, extents, choices);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(RowProblem, TakesAxesAndOptionsByName) {
  const Problem problem =
      row_problem(kGemm, {{"k", 3}, {"m", 1}, {"n", 2}}, {{"transpose_b", "yes"}});
  EXPECT_EQ(problem_key(problem),
            "k1:gemm/a=f32,accumulate=f32,b=f32,out=f32/bias=no,epilogue=none,transpose_b=yes/"
            "k=3,m=1,n=2");
}

TEST(RowProblem, SaysWhatIsMissingUnknownOrTooSmall) {
  EXPECT_EQ(refusal_of({{"m", 1}, {"n", 2}}), "predict: the shape lacks k; gemm has axes m, n, k");
  EXPECT_EQ(refusal_of({{"m", 1}, {"n", 2}, {"k", 0}}),
            "predict: k=0: expected an integer of 1 or more");
  EXPECT_EQ(refusal_of({{"m", 1}, {"n", 2}, {"k", 3}, {"o", 4}}),
            "predict: gemm has no axis 'o'; known: m, n, k");
  EXPECT_EQ(refusal_of({{"m", 1}, {"n", 2}, {"k", 3}}, {{"bias", "maybe"}}),
            "predict: option bias=maybe: expected one of no, yes");
  EXPECT_EQ(refusal_of({{"m", 1}, {"n", 2}, {"k", 3}}, {{"mask", "causal"}}),
            "predict: gemm has no option 'mask'; known: transpose_b, bias, epilogue");
  EXPECT_NE(refusal_of({{"m", 1 << 30}, {"n", 1 << 30}, {"k", 1}})
                .find("is no problem: m n k is over 2^58"),
            std::string::npos);
}

TEST(RowProblem, NamesAPrimitiveThatThisBuildDoesNotKnow) {
  EXPECT_THROW((void)row_primitive(TableKey{.kernel = "convolution/made"}), Error);
}

}  // namespace ergon
