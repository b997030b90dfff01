#include "analysis/physical_basis.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "kernels/error.h"

namespace ergon {

namespace {

double quantity(const Features& features, std::string_view name) {
  const auto terms = physical_terms(Target::energy);
  const auto term = std::ranges::find(terms, name, &Term::name);
  ERGON_ASSERT(term != terms.end());
  return physical_quantity(features, static_cast<std::size_t>(term - terms.begin()));
}

}  // namespace

TEST(PhysicalBasis, PadsFlopsToWholeTilesAndWaves) {
  const Features thin{.batch = 2, .m = 5, .n = 130, .k = 10, .machine = {.lanes = 4}};
  EXPECT_EQ(quantity(thin, "flop_tile_32x32"), 2.0 * (1 * 5) * 2 * 32 * 32 * 10);
  EXPECT_EQ(quantity(thin, "flop_tile_128x128"), 2.0 * (1 * 2) * 2 * 128 * 128 * 10);
  EXPECT_EQ(quantity(thin, "flop_wave_32x32"), 12.0 * 2 * 32 * 32 * 10);  // 10 tiles, lanes of 4
}

TEST(PhysicalBasis, HasNoWavesOrCachesWhereTheMachineIsNotKnown) {
  const Features f{.bytes = 1e9, .batch = 1, .m = 64, .n = 64, .k = 64};
  EXPECT_EQ(quantity(f, "flop_wave_64x64"), 0);
  EXPECT_EQ(quantity(f, "byte_over_L2"), 0);
}

TEST(PhysicalBasis, CountsBytesOverCachesAndThresholds) {
  const Features f{.bytes = 3000, .machine = {.lanes = 1, .cache_bytes = {1000, 2000, 5000}}};
  EXPECT_EQ(quantity(f, "byte_over_L1"), 2000);
  EXPECT_EQ(quantity(f, "byte_over_L3"), 0);
  EXPECT_EQ(quantity(f, "byte_over_2^11"), 3000 - 2048);
  EXPECT_NEAR(quantity(f, "byte_over_2^11.5"), 3000 - 2896.309, 1e-3);
  EXPECT_EQ(quantity(f, "byte_over_2^12"), 0);
}

TEST(PhysicalBasis, HasTheSameTermsForBothTargets) {
  const auto energy = physical_terms(Target::energy), time = physical_terms(Target::time);
  ASSERT_EQ(energy.size(), time.size());
  for (std::size_t t = 0; t < energy.size(); ++t) {
    EXPECT_EQ(energy[t].name, time[t].name);
    EXPECT_EQ(energy[t].begins, time[t].begins);
    EXPECT_NE(energy[t].unit, time[t].unit);
  }
}

}  // namespace ergon
