#include "analysis/campaign_scale.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "analysis/fit_table.h"
#include "tests/analysis/synthetic.h"

namespace ergon {

namespace {

constexpr double kSpan = 3600;  // s from the first visit to the last

struct MadeRun {
  double energy = 1, time = 1;            // scales
  double energy_rise = 0, time_rise = 0;  // shares over the run
  std::string device = "Made CPU", boundary = "package";
  std::vector<int> sentinels = {0, 1};
};

// `visits` of each sentinel of each run, evenly over its span. The sentinels cost 2^-n J and 3^-n
// s.
struct MadeCampaign {
  std::vector<CampaignRun> runs{};
  std::vector<SentinelVisit> visits{};
};
MadeCampaign make_campaign(const std::vector<MadeRun>& runs, int visits, double noise,
                           std::uint64_t seed) {
  SplitMix random(seed);
  MadeCampaign campaign;
  for (const MadeRun& run : runs) {
    const auto index = static_cast<int>(campaign.runs.size());
    campaign.runs.push_back(
        {.run = "run-" + std::to_string(index), .device = run.device, .boundary = run.boundary});
    for (int v = 0; v < visits; ++v) {
      const double share = visits > 1 ? static_cast<double>(v) / (visits - 1) : 0;
      for (const int sentinel : run.sentinels) {
        const auto value = [&](double base, double scale, double rise) {
          return std::pow(base, -sentinel) * scale * std::pow(1 + rise, share - 0.5) *
                 std::exp(noise * random.normal());
        };
        campaign.visits.push_back({.run = index,
                                   .sentinel = sentinel,
                                   .at_s = 50 + kSpan * share,
                                   .energy = value(2, run.energy, run.energy_rise),
                                   .time = value(3, run.time, run.time_rise)});
      }
    }
  }
  return campaign;
}

CampaignFit fit(const std::vector<MadeRun>& runs, int visits, double noise, std::uint64_t seed) {
  MadeCampaign campaign = make_campaign(runs, visits, noise, seed);
  return fit_campaigns(std::move(campaign.runs), campaign.visits);
}

bool holds(const Shift& shift, double value) { return shift.low <= value && value <= shift.high; }

int applied(const CampaignRun& run) {
  return run.energy.scale.applied + run.energy.drift.applied + run.time.scale.applied +
         run.time.drift.applied;
}

// Three runs that share the shapes of a GEMM among them, one of them 8 % too high and rising by
// 10 %; each measures two of the shapes again and again.
std::vector<Results> shifted_runs(bool sentinels) {
  std::vector<Results> files;
  for (int run = 0; run < 3; ++run) {
    SyntheticFile file(static_cast<std::uint64_t>(run) + 1);
    int shape = 0;
    for (const std::int64_t m : {16, 32, 64, 128, 256, 512, 1024}) {
      for (const std::int64_t n : {16, 64, 256, 1024}) {
        if (shape++ % 3 == run) {
          file.add("avx2", make_problem("gemm", {{"m", m}, {"n", n}, {"k", 64}}), kGemmTruth);
        }
        if (shape % 4 != 0) continue;
        for (const std::int64_t k : {32, 512}) {
          Record& record =
              file.add("avx2", make_problem("gemm", {{"m", 64}, {"n", 64}, {"k", k}}), kGemmTruth);
          record.sentinel = sentinels;
          record.repetition = shape;
        }
      }
    }
    for (Record& record : file.results.records) {
      if (run != 1) continue;
      const double share =
          static_cast<double>(record.order) / static_cast<double>(file.results.records.size() - 1);
      for (Window& window : record.windows) {
        window.energy[0].gross.value *= 1.08 * std::pow(1.1, share - 0.5);
      }
    }
    files.push_back(std::move(file.results));
  }
  return files;
}

double error_of(const EnergyTable& table) {
  const std::vector<Candidate>& candidates = table.rows.at(0).energy.candidates;
  return std::ranges::find(candidates, true, &Candidate::chosen)->error_mean;
}

}  // namespace

TEST(CampaignScale, BringsAKnownScaleAndDriftBackWithinTheirIntervals) {
  constexpr int kSeeds = 200;
  int scales = 0, drifts = 0, held = 0, back = 0;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    const CampaignFit found =
        fit({{}, {.energy = 1.08, .energy_rise = 0.1}}, 8, 0.01, static_cast<std::uint64_t>(seed));
    const CampaignRun::Quantity& energy = found.runs[1].energy;
    scales += energy.scale.applied;
    drifts += energy.drift.applied;
    // Each run against the mean of both.
    held += holds(energy.scale, std::sqrt(1.08)) && holds(energy.drift, 0.1) &&
            holds(found.runs[0].energy.scale, 1 / std::sqrt(1.08));
    double worst = 0;
    for (const double share : {0.0, 0.5, 1.0}) {
      const double at_s = 50 + kSpan * share;
      const double ratio =
          1.08 * std::pow(1.1, share - 0.5) / found.energy[1].at(at_s) * found.energy[0].at(at_s);
      worst = std::max(worst, std::abs(ratio - 1));
    }
    back += worst < 0.03;
  }
  std::printf("of %d seeds: scale applied %d, drift %d, all intervals hold %d, within 3 %% %d\n",
              kSeeds, scales, drifts, held, back);
  EXPECT_EQ(scales, kSeeds);
  EXPECT_EQ(drifts, kSeeds);
  EXPECT_GE(held, kSeeds * 95 / 100);
  EXPECT_GE(back, kSeeds * 99 / 100);
}

TEST(CampaignScale, IsNotMovedByNoise) {
  constexpr int kSeeds = 1000;
  int moved = 0;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    const CampaignFit found = fit({{}, {}, {}}, 5, 0.02, static_cast<std::uint64_t>(seed));
    int any = 0;
    for (const CampaignRun& run : found.runs) any += applied(run);
    moved += any > 0;
  }
  std::printf("noise alone moved something in %d of %d campaigns\n", moved, kSeeds);
  EXPECT_LE(moved, kSeeds * 5 / 100);
}

TEST(CampaignScale, NeverComparesDevicesOrBoundaries) {
  const CampaignFit found = fit(
      {{}, {.energy = 2, .device = "Other CPU"}, {.energy = 3, .boundary = "node"}}, 6, 0.001, 1);
  for (std::size_t r = 0; r < 3; ++r) {
    EXPECT_EQ(found.runs[r].runs, 1);
    EXPECT_TRUE(std::isnan(found.runs[r].energy.scale.value));
    EXPECT_EQ(found.runs[r].energy.scale.reason,
              "no other run of its device and boundary visited its sentinels");
    EXPECT_EQ(found.energy[r].log_mean, 0);
    EXPECT_EQ(found.energy[r].at(1000), 1);
  }
}

TEST(CampaignScale, LeavesARunWithoutSentinelsAndSaysSo) {
  const CampaignFit found = fit({{}, {.energy = 2, .sentinels = {}}, {}}, 4, 0.01, 1);
  EXPECT_EQ(found.runs[1].sentinels, 0);
  EXPECT_EQ(found.runs[1].energy.scale.reason, "no sentinels");
  EXPECT_EQ(found.runs[1].time.drift.reason, "no sentinels");
  EXPECT_EQ(found.energy[1].at(1000), 1);
  EXPECT_EQ(found.runs[0].runs, 2);
  EXPECT_EQ(found.runs[0].visits, 8);
}

TEST(CampaignScale, ComparesRunsThroughAThird) {
  const CampaignFit found = fit({{.sentinels = {0}},
                                 {.energy = 1.1, .sentinels = {0, 1}},
                                 {.energy = 1.21, .sentinels = {1}}},
                                6, 1e-4, 1);
  EXPECT_EQ(found.runs[0].runs, 3);
  EXPECT_NEAR(found.runs[0].energy.scale.value, 1 / 1.1, 1e-3);
  EXPECT_NEAR(found.runs[1].energy.scale.value, 1, 1e-3);
  EXPECT_NEAR(found.runs[2].energy.scale.value, 1.1, 1e-3);
}

TEST(CampaignScale, HoldsWhatContradictingSentinelsSay) {
  const auto scale_of = [](double first, double second) {
    MadeCampaign campaign = make_campaign({{}, {}}, 6, 0.002, 1);
    for (SentinelVisit& visit : campaign.visits) {
      if (visit.run == 1) visit.energy *= visit.sentinel == 0 ? first : second;
    }
    return fit_campaigns(std::move(campaign.runs), campaign.visits).runs[1].energy.scale;
  };
  const Shift opposed = scale_of(1.12, 0.96);
  EXPECT_FALSE(opposed.applied);
  EXPECT_EQ(opposed.reason, "not significant: the sentinels contradict each other");
  EXPECT_TRUE(holds(opposed, std::sqrt(1.12)));
  EXPECT_TRUE(holds(opposed, std::sqrt(0.96)));
  const Shift alike = scale_of(1.12, 1.06);
  EXPECT_TRUE(alike.applied);
  EXPECT_TRUE(holds(alike, std::sqrt(1.12)));
  EXPECT_TRUE(holds(alike, std::sqrt(1.06)));
}

TEST(CampaignScale, GivesNoIntervalOfTooFewVisits) {
  const CampaignFit found = fit({{}, {.energy = 1.5, .sentinels = {0}}}, 1, 0.001, 1);
  const Shift& scale = found.runs[1].energy.scale;
  EXPECT_NEAR(scale.value, std::sqrt(1.5), 0.01);
  EXPECT_TRUE(std::isnan(scale.low));
  EXPECT_FALSE(scale.applied);
  EXPECT_EQ(scale.reason, "too few visits to tell it from noise");
  EXPECT_EQ(found.runs[1].energy.drift.reason, "no sentinel was visited twice");
}

TEST(CampaignScale, DoesNotTakeRoundingForAShift) {
  const CampaignFit found = fit({{}, {}, {}}, 7, 0, 1);
  for (const CampaignRun& run : found.runs) EXPECT_EQ(applied(run), 0);
}

TEST(CampaignScale, LowersTheErrorOfAFitToSeveralRunsOfOneRow) {
  const std::vector<Results> with = shifted_runs(true), without = shifted_runs(false);
  const EnergyTable scaled = fit_table(make_samples(with, EnergyKind::gross));
  const EnergyTable plain = fit_table(make_samples(without, EnergyKind::gross));
  ASSERT_EQ(scaled.rows.size(), 1u);
  ASSERT_EQ(scaled.campaigns.size(), 3u);
  EXPECT_TRUE(scaled.campaigns[1].energy.scale.applied);
  EXPECT_TRUE(scaled.campaigns[1].energy.drift.applied);
  EXPECT_TRUE(holds(scaled.campaigns[1].energy.scale, std::pow(1.08, 2.0 / 3)));
  EXPECT_TRUE(holds(scaled.campaigns[1].energy.drift, 0.1));
  for (const CampaignRun& run : scaled.campaigns) EXPECT_FALSE(run.time.scale.applied);
  for (const CampaignRun& run : plain.campaigns) {
    EXPECT_EQ(run.energy.scale.reason, "no sentinels");
  }
  std::printf("error on shapes left out: %.2f %%, without sentinels %.2f %%\n",
              100 * error_of(scaled), 100 * error_of(plain));
  EXPECT_LT(error_of(scaled), 0.5 * error_of(plain));
  EXPECT_EQ(scaled.records_hash, plain.records_hash);  // of the records as they were measured
}

}  // namespace ergon
