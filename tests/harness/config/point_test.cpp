#include "harness/config/point.h"

#include <gtest/gtest.h>

#include <string>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr const char* kKey =
    "k1:gemm/a=f32,accumulate=f32,b=f32,out=f32/bias=no,epilogue=none,transpose_b=no/"
    "k=768,m=128,n=3072/cold=no,fill=uniform,kernel=reference,seed=1,threads=2,weights=plain";

Point gemm_point() {
  Point point;
  point.problem = make_problem(*primitive::named("gemm"), {128, 3072, 768});
  point.kernel = kernel::named("gemm/reference");
  point.threads = 2;
  return point;
}

std::string message(const std::string& key) {
  try {
    (void)point_from_key(key);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  return text.replace(text.find(what), what.size(), with);
}

}  // namespace

TEST(Point, KeyWritesEveryConditionSorted) { EXPECT_EQ(point_key(gemm_point()), kKey); }

TEST(Point, KeyOfASparsePointNamesItsZeros) {
  Point point = gemm_point();
  point.fill = {.kind = Fill::Kind::sparse, .zero_permille = 900, .seed = 3};
  point.cold = true;
  point.weights_packed = true;
  EXPECT_EQ(point_key(point).substr(point_key(point).rfind('/')),
            "/cold=yes,fill=sparse,kernel=reference,seed=3,threads=2,weights=packed,"
            "zero_permille=900");
}

TEST(Point, IdIsTheHashOfTheKey) {
  EXPECT_EQ(point_id(gemm_point()),
            "f9ca342c81f86989f56ca82e957869c97d34503e52e98b8b4c94f911d170dcdd");
}

TEST(Point, KeyGoesBackToThePoint) {
  for (const Fill::Kind kind : {Fill::Kind::uniform, Fill::Kind::normal, Fill::Kind::zeros,
                                Fill::Kind::constant, Fill::Kind::sparse}) {
    Point point = gemm_point();
    choose(point.problem, "transpose_b", "yes");
    point.problem.dtypes = {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::i32};
    point.fill = {.kind = kind,
                  .zero_permille = kind == Fill::Kind::sparse ? 125 : 0,
                  .seed = 18446744073709551615u};
    point.cold = true;
    point.weights_packed = true;
    const Point back = point_from_key(point_key(point));
    EXPECT_EQ(point_key(back), point_key(point));
    EXPECT_EQ(back.kernel, point.kernel);
    EXPECT_EQ(back.problem.extents, point.problem.extents);
    EXPECT_EQ(back.problem.choices, point.problem.choices);
    EXPECT_EQ(back.problem.dtypes, point.problem.dtypes);
    EXPECT_EQ(back.fill, point.fill);
    EXPECT_TRUE(back.cold && back.weights_packed);
  }
}

TEST(Point, RejectsKeysOfOtherBuildsAndDamagedKeys) {
  const std::string key = kKey;
  EXPECT_NE(message(replaced(key, "=reference", "=warp")).find("no kernel gemm/warp"),
            std::string::npos);
  EXPECT_NE(message(replaced(key, "uniform", "beta")).find("unknown fill 'beta'"),
            std::string::npos);
  EXPECT_NE(message(replaced(key, "threads=2", "threads=two")).find("'two' is no integer"),
            std::string::npos);
  EXPECT_NE(message(replaced(key, "seed=1,", "")).find("has no 'seed'"), std::string::npos);
  EXPECT_NE(message(replaced(key, "threads=2", "threads")).find("no name=value"),
            std::string::npos);
  EXPECT_NE(message(replaced(key, "cold=no", "cold=maybe")).find("not canonical"),
            std::string::npos);
  EXPECT_NE(message(key + ",zero_permille=5").find("not canonical"), std::string::npos);
  EXPECT_NE(message(key + ",color=red").find("not canonical"), std::string::npos);
  EXPECT_NE(message("gemm").find("has no '/'"), std::string::npos);
}

}  // namespace ergon
