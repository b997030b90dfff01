#include "analysis/compare/family.h"

#include <cmath>

#include <gtest/gtest.h>

namespace ergon {

namespace {

// Shapes whose energy alone is judged, with an error of their own and one in common.
std::vector<ShapeErrors> energies(std::size_t count, double own, double share) {
  ShapeErrors errors{.shares = {share}, .u_energy = own, .groups = {0}};
  errors.compared[index_of(Metric::energy)] = true;
  return std::vector<ShapeErrors>(count, errors);
}

}  // namespace

TEST(TestFamily, AsksOneTestForWhatANormalDeviateDoes) {
  std::vector<ShapeErrors> one = energies(1, 0.01, 0);
  one[0].groups.clear();
  EXPECT_NEAR(TestFamily({{}}, one, 0).critical(TestKind::shape, 0.1), 1.96, 0.05);
}

TEST(TestFamily, AsksIndependentTestsForWhatBonferroniDoes) {
  // 1 - 0.95^(1/30), both sides: 3.14.
  std::vector<ShapeErrors> shapes = energies(30, 0.01, 0);
  for (ShapeErrors& shape : shapes) shape.groups.clear();
  EXPECT_NEAR(TestFamily({{}}, shapes, 0).critical(TestKind::shape, 0.1), 3.14, 0.06);
}

TEST(TestFamily, AsksTestsThatShareTheirErrorForOneAlone) {
  const std::vector<ShapeErrors> shapes = energies(30, 1e-9, 1);
  EXPECT_NEAR(TestFamily({{.u_power = 0.01}}, shapes, 1).critical(TestKind::mean, 0.1), 1.96, 0.05);
}

TEST(TestFamily, GivesTheProbabilityThatAnyTestGoesAsFar) {
  const TestFamily family({{.u_power = 0.01}}, energies(30, 0.01, 1), 1);
  const double critical = family.critical(TestKind::shape, 0.05);
  EXPECT_NEAR(family.p(TestKind::shape, critical, 1e6), 0.05, 0.002);
  const double student = student_of_normal(critical, 4);
  EXPECT_GT(student, 1.5 * critical);
  EXPECT_NEAR(family.p(TestKind::shape, student, 4), 0.05, 0.003);
  EXPECT_EQ(family.p(TestKind::shape, 0, 4), 1);
}

TEST(SharedError, OfPowerAndTimeIsThatOfEnergyAndItsProductWithTime) {
  const SharedError error{.u_power = 0.004, .u_time = 0.003};
  EXPECT_NEAR(std::sqrt(variance_of(error, Metric::energy)), 0.005, 1e-12);
  EXPECT_NEAR(variance_of(error, Metric::power), 16e-6, 1e-12);
  EXPECT_NEAR(variance_of(error, Metric::time), 9e-6, 1e-12);
  EXPECT_NEAR(variance_of(error, Metric::edp), (16 + 36) * 1e-6, 1e-12);
}

}  // namespace ergon
