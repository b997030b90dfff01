#include "kernels/problem.h"

#include <gtest/gtest.h>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr const char* kKey =
    "k1:gemm/a=f32,accumulate=f32,b=f32,out=f32/bias=no,epilogue=none,transpose_b=yes/"
    "k=768,m=128,n=3072";

std::string message(const std::string& key) {
  try {
    (void)problem_from_key(key);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  return text.replace(text.find(what), what.size(), with);
}

}  // namespace

TEST(Problem, KeySortsNamesAndWritesDefaults) {
  Problem problem = make_problem(*primitive::named("gemm"), {128, 3072, 768});
  choose(problem, "transpose_b", "yes");
  EXPECT_EQ(problem_key(problem), kKey);
}

TEST(Problem, KeyGoesBackToTheProblem) {
  const Problem problem = problem_from_key(kKey);
  EXPECT_EQ(problem.extent("m"), 128);
  EXPECT_EQ(problem.extent("n"), 3072);
  EXPECT_EQ(problem.choice("transpose_b"), "yes");
  EXPECT_EQ(problem_key(problem), kKey);
}

TEST(Problem, KeyWithDtypesGoesBothWays) {
  const std::string key = replaced(replaced(kKey, "/a=f32", "/a=bf16"), "out=f32", "out=i8");
  EXPECT_EQ(problem_key(problem_from_key(key)), key);
}

TEST(Problem, InvalidProblemsHaveKeysToo) {
  const std::string key = replaced(kKey, "m=128", "m=4000000000000000000");
  const Problem problem = problem_from_key(key);
  EXPECT_EQ(problem.primitive->invalid(problem), "m n k is over 2^58");
  EXPECT_EQ(problem_key(problem), key);
}

TEST(Problem, RejectsKeysItDoesNotKnow) {
  const std::string key = kKey;
  EXPECT_NE(message("k2:" + key.substr(3)).find("does not begin with 'k1:'"), std::string::npos);
  EXPECT_NE(message(replaced(key, "gemm", "gemv")).find("no primitive 'gemv'"), std::string::npos);
  EXPECT_NE(message(replaced(key, "m=128", "mm=128")).find("'m' is missing"), std::string::npos);
  EXPECT_NE(message(key + ",x=1").find("gemm knows no 'x'"), std::string::npos);
  EXPECT_NE(message(replaced(key, "m=128", "m=0")).find("no positive integer"), std::string::npos);
  EXPECT_NE(message(replaced(key, "m=128", "m=1e3")).find("no positive"), std::string::npos);
  EXPECT_NE(message(replaced(key, "=yes", "=maybe")).find("none of no, yes"), std::string::npos);
  EXPECT_NE(message(replaced(key, "a=f32", "a=f31")).find("'f31' is no dtype"), std::string::npos);
  EXPECT_NE(message(replaced(key, "k=768,m=128", "m=128,k=768")).find("sorted"), std::string::npos);
  EXPECT_NE(message("k1:gemm").find("expected k1:"), std::string::npos);
}

}  // namespace ergon
