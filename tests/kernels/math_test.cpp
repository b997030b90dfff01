#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "kernels/cpu/features.h"
#include "tests/kernels/math_functions.h"

namespace ergon {
namespace {

constexpr double kEpsilon = 0x1p-24;

class Math : public testing::TestWithParam<const MathFunctions*> {
 protected:
  void SetUp() override {
    const std::uint32_t missing = GetParam()->cpu_features & ~cpu_features();
    if (missing != 0) GTEST_SKIP() << "this CPU lacks " << cpu_feature_names(missing);
  }
};

std::vector<float> grid(float from, float to, std::size_t count) {
  std::vector<float> points(count);
  for (std::size_t i = 0; i < count; ++i) {
    points[i] = from + (to - from) * static_cast<float>(i) / static_cast<float>(count - 1);
  }
  return points;
}

std::vector<float> apply(MathFunctions::Function function, const std::vector<float>& in) {
  std::vector<float> out(in.size());
  function(in.data(), out.data(), static_cast<std::int64_t>(in.size()));
  return out;
}

// Largest |out - f| / magnitude in units of 2^-24, over a dense grid.
template <class F, class Magnitude>
double error_of(MathFunctions::Function function, const std::vector<float>& in, const F& f,
                const Magnitude& magnitude) {
  const std::vector<float> out = apply(function, in);
  double worst = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double x = in[i];
    if (x == 0) continue;
    worst = std::max(worst, std::abs(out[i] - f(x)) / magnitude(x) / kEpsilon);
  }
  return worst;
}

double tanh_of_gelu(double x) {
  return std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x));
}

double erf_of_gelu(double x) { return std::erf(x / std::numbers::sqrt2); }

// The errors of GELU relative to the sum of its two terms.
template <class F>
double gelu_error(MathFunctions::Function function, const F& f) {
  double worst = 0;
  for (const float reach : {1e-3F, 1.0F, 6.0F, 100.0F}) {
    worst = std::max(worst, error_of(
                                function, grid(-reach, reach, 200'003),
                                [&](double x) { return x / 2 * (1 + f(x)); },
                                [&](double x) { return std::abs(x) / 2 * (1 + std::abs(f(x))); }));
  }
  return worst;
}

}  // namespace

TEST_P(Math, Exp2IsWithinTwoUlp) {
  const auto f = [](double t) { return std::exp2(t); };
  const auto ulp_of_one = [](double t) { return 2 * std::exp2(std::floor(t)); };
  EXPECT_LT(error_of(GetParam()->exp2, grid(-1, 1, 400'003), f, ulp_of_one), 2.1);
  EXPECT_LT(error_of(GetParam()->exp2, grid(-125, 127, 400'003), f, ulp_of_one), 2.1);
}

TEST_P(Math, Exp2IsExactAtWholeNumbers) {
  for (int t = -125; t <= 127; ++t) {
    EXPECT_EQ(apply(GetParam()->exp2, {static_cast<float>(t)})[0], std::ldexp(1.0F, t)) << t;
  }
}

TEST_P(Math, Exp2EndsAtZero) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float t : {-150.5F, -200.0F, -1e30F, -infinity}) {
    EXPECT_EQ(apply(GetParam()->exp2, {t})[0], 0) << t;
  }
  EXPECT_TRUE(std::isnan(apply(GetParam()->exp2, {std::nanf("")})[0]));
}

TEST_P(Math, GeluErfIsWithinFourParts) {
  EXPECT_LT(gelu_error(GetParam()->gelu_erf, erf_of_gelu), 4);
}

TEST_P(Math, GeluTanhIsWithinFourParts) {
  EXPECT_LT(gelu_error(GetParam()->gelu_tanh, tanh_of_gelu), 4);
}

TEST_P(Math, GeluEndsAtZeroAndAtItsArgument) {
  for (const auto function : {GetParam()->gelu_erf, GetParam()->gelu_tanh}) {
    EXPECT_EQ(apply(function, {-1e30F, -6.0F, 0.0F, 6.0F, 1e30F}),
              (std::vector<float>{0, 0, 0, 6, 1e30F}));
    EXPECT_EQ(apply(function, {std::numeric_limits<float>::infinity()})[0],
              std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isnan(apply(function, {std::nanf("")})[0]));
  }
}

TEST_P(Math, TanhIsWithinSixPartsRelatively) {
  const auto f = [](double x) { return std::tanh(x); };
  const auto value = [](double x) { return std::abs(std::tanh(x)); };
  for (const float reach : {1e-6F, 1e-3F, 1.0F, 9.5F, 100.0F}) {
    EXPECT_LT(error_of(GetParam()->tanh, grid(-reach, reach, 200'003), f, value), 6) << reach;
  }
}

TEST_P(Math, TanhEndsAtOne) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(apply(GetParam()->tanh, {-infinity, -20.0F, 0.0F, 9.1F, 1e30F, infinity}),
            (std::vector<float>{-1, -1, 0, 1, 1, 1}));
  EXPECT_TRUE(std::isnan(apply(GetParam()->tanh, {std::nanf("")})[0]));
}

TEST_P(Math, SiluIsWithinSixPartsAndTwoOfTheExponent) {
  const auto f = [](double x) { return x / (1 + std::exp(-x)); };
  const auto magnitude = [&](double x) { return std::abs(f(x)) * (1 + std::abs(x) / 3); };
  for (const float reach : {1e-3F, 1.0F, 10.0F, 80.0F}) {
    EXPECT_LT(error_of(GetParam()->silu, grid(-reach, reach, 200'003), f, magnitude), 6) << reach;
  }
}

TEST_P(Math, SiluEndsAtZeroAndAtItsArgument) {
  EXPECT_EQ(apply(GetParam()->silu, {-1e30F, -200.0F, 0.0F, 100.0F, 1e30F}),
            (std::vector<float>{0, 0, 0, 100, 1e30F}));
  EXPECT_TRUE(std::isnan(apply(GetParam()->silu, {std::nanf("")})[0]));
}

#if defined(__x86_64__)
INSTANTIATE_TEST_SUITE_P(Isa, Math, testing::Values(&kMathAvx2, &kMathAvx512),
                         [](const auto& math) { return std::string(math.param->name); });
#endif

}  // namespace ergon
