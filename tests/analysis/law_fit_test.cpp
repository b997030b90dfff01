#include "analysis/law_fit.h"

#include <gtest/gtest.h>

namespace ergon {

namespace {

// What cross-validation said of a form: its mean error, the standard error of it, its coefficients.
LawFit scored(std::string_view form, double error, double standard_error, int coefficients) {
  LawFit fit;
  fit.law.form = model_form::named(form, 1);
  fit.law.coefficients.resize(static_cast<std::size_t>(coefficients));
  fit.candidate.error_mean = error;
  fit.candidate.standard_error = standard_error;
  fit.candidate.coefficients = coefficients;
  return fit;
}

}  // namespace

TEST(Choose, TakesTheFewestCoefficientsWithinOneStandardError) {
  const std::vector<LawFit> fits = {scored("static_launch_flops_bytes", 0.030, 0.004, 4),
                                    scored("static_flops_bytes", 0.033, 0.004, 2),
                                    scored("affine", 0.035, 0.004, 2)};
  EXPECT_EQ(choose(fits), 1u);
}

TEST(Choose, TakesTheBestWhereTheSimplerIsFurtherAway) {
  const std::vector<LawFit> fits = {scored("static_launch_flops_bytes", 0.030, 0.001, 4),
                                    scored("static_flops_bytes", 0.033, 0.001, 2)};
  EXPECT_EQ(choose(fits), 0u);
}

TEST(Choose, TakesABaselineOnlyWhereItBeatsTheRestByMoreThanTheirError) {
  std::vector<LawFit> fits = {scored("static_flops_bytes", 0.10, 0.02, 2),
                              scored("flops", 0.09, 0.02, 1)};
  EXPECT_EQ(choose(fits), 0u);
  fits[1] = scored("flops", 0.07, 0.02, 1);
  EXPECT_EQ(choose(fits), 1u);
}

TEST(Choose, TakesTheFirstLawThatExistsWhereNothingWasCompared) {
  std::vector<LawFit> fits = {scored("flops", kAbsent, kAbsent, 1),
                              scored("affine", kAbsent, kAbsent, 0),
                              scored("static_flops_bytes", kAbsent, kAbsent, 1)};
  EXPECT_EQ(choose(fits), 2u);
}

// A form that interpolates as well as another but is lost on larger shapes is not taken.
TEST(Choose, HoldsAFailureOnLargerShapesAgainstAForm) {
  std::vector<LawFit> fits = {scored("affine", 0.031, 0.004, 3),
                              scored("static_flops_bytes", 0.030, 0.004, 4)};
  fits[0].candidate.error_larger = 0.20;
  fits[1].candidate.error_larger = 0.03;
  for (LawFit& fit : fits) fit.candidate.standard_error_larger = 0.01;
  EXPECT_EQ(choose(fits), 1u);
}

}  // namespace ergon
