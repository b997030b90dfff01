#include "analysis/sample.h"

#include <gtest/gtest.h>

#include "kernels/error.h"
#include "tests/analysis/synthetic.h"

namespace ergon {

namespace {

std::string refusal_of(std::span<const Results> results, EnergyKind kind = EnergyKind::gross) {
  try {
    (void)make_samples(results, kind);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Problem gemm(std::int64_t m) { return make_problem("gemm", {{"m", m}, {"n", 8}, {"k", 8}}); }

}  // namespace

TEST(Sample, IsEnergyAndTimePerLaunch) {
  SyntheticFile file(1);
  Record& record = file.add("avx2", gemm(8), kGemmTruth);
  record.windows[0].launches = 100;
  record.windows[0].energy[0].gross = Joules{50};
  record.windows[1].launches = 200;
  record.windows[1].energy[0].gross = Joules{120};
  record.windows[1].end_ns = record.windows[1].begin_ns + 4'000'000'000;
  record.times = {Seconds{0.03}, Seconds{0.01}, Seconds{0.02}};
  const SampleSet set = make_samples({&file.results, 1}, EnergyKind::gross);
  ASSERT_EQ(set.samples.size(), 1u);
  EXPECT_DOUBLE_EQ(set.samples[0].energy.value, 0.55);  // of 0.5 and 0.6
  EXPECT_DOUBLE_EQ(set.samples[0].time.value, 0.015);   // of 0.01 and 0.02
  EXPECT_DOUBLE_EQ(set.samples[0].time_median.value, 0.02);
  EXPECT_NEAR(set.samples[0].u_stat.value, 0.05, 1e-12);
  EXPECT_EQ(set.keys[0].boundary, "package");
  EXPECT_EQ(set.keys[0].kernel, "gemm/avx2");
  EXPECT_EQ(set.keys[0].fill, "uniform");
}

TEST(Sample, LeavesOutWhatFailedWasNotCheckedOrHasNoValidWindow) {
  SyntheticFile file(1);
  for (std::int64_t m = 1; m <= 5; ++m) file.add("avx2", gemm(m), kGemmTruth);
  file.results.records[0].run_status = RunStatus::refused;
  file.results.records[1].check_status = CheckStatus::wrong;
  file.results.records[2].check_status = CheckStatus::not_run;
  for (Window& window : file.results.records[3].windows) window.invalid = kStealTime;
  const SampleSet set = make_samples({&file.results, 1}, EnergyKind::gross);
  EXPECT_EQ(set.samples.size(), 1u);
  EXPECT_EQ(set.left_out.at("refused"), 1);
  EXPECT_EQ(set.left_out.at("check wrong"), 1);
  EXPECT_EQ(set.left_out.at("no valid window"), 1);
}

TEST(Sample, LeavesOutKeysOfFewerShapesThanAskedButNoProbe) {
  SyntheticFile file(5);
  for (const std::int64_t m : {64, 128}) file.add("avx2", gemm(m), kGemmTruth);
  file.add("avx512", gemm(64), kGemmTruth);
  file.add_probes(0.01);
  SampleSet samples = make_samples({&file.results, 1}, EnergyKind::gross);
  const std::size_t all = samples.samples.size();
  leave_out_small_keys(samples, 2);
  EXPECT_EQ(samples.samples.size(), all - 1);
  ASSERT_EQ(samples.left_out.size(), 1u);
  const auto& [reason, records] = *samples.left_out.begin();
  EXPECT_EQ(records, 1);
  EXPECT_TRUE(reason.starts_with("of gemm/avx512")) << reason;
  EXPECT_TRUE(reason.ends_with(": 1 of the 2 shapes asked for")) << reason;
}

TEST(Sample, TakesTheVisitsOfASentinelForOnePoint) {
  SyntheticFile file(1);
  for (int visit = 0; visit < 3; ++visit) {
    Record& record = file.add("avx2", gemm(8), kGemmTruth, {.energy = 0});
    record.repetition = visit;
    record.sentinel = visit != 1;
    for (Window& window : record.windows) window.energy[0].gross.value *= visit + 1;
  }
  const SampleSet set = make_samples({&file.results, 1}, EnergyKind::gross);
  file.results.records.resize(1);
  const SampleSet first = make_samples({&file.results, 1}, EnergyKind::gross);
  ASSERT_EQ(set.samples.size(), 1u);
  EXPECT_EQ(set.samples[0].records, 3);
  EXPECT_NEAR(set.samples[0].energy.value, 2 * first.samples[0].energy.value, 1e-15);
}

TEST(Sample, CountsOnePointOfTwoRunsOnceAndOneRecordOfTwoFilesOnce) {
  SyntheticFile first(1), second(2);
  first.add("avx2", gemm(8), kGemmTruth, {.energy = 0});
  second.add("avx2", gemm(8), kGemmTruth, {.energy = 0});
  for (Window& window : second.results.records[0].windows) {
    window.energy[0].gross.value *= 3;
  }
  const std::vector<Results> files = {first.results, second.results, first.results};
  const SampleSet both = make_samples(files, EnergyKind::gross);
  const SampleSet alone = make_samples({&first.results, 1}, EnergyKind::gross);
  ASSERT_EQ(both.samples.size(), 1u);
  EXPECT_EQ(both.samples[0].records, 2);
  EXPECT_NEAR(both.samples[0].energy.value, 2 * alone.samples[0].energy.value, 1e-15);
  EXPECT_EQ(both.runs.size(), 2u);
  EXPECT_NE(both.records_hash, alone.records_hash);
}

TEST(Sample, HashDoesNotDependOnTheOrderOfFiles) {
  SyntheticFile first(1), second(2);
  first.add("avx2", gemm(8), kGemmTruth);
  second.add("avx2", gemm(9), kGemmTruth);
  const std::vector<Results> one = {first.results, second.results};
  const std::vector<Results> other = {second.results, first.results};
  EXPECT_EQ(make_samples(one, EnergyKind::gross).records_hash,
            make_samples(other, EnergyKind::gross).records_hash);
}

TEST(Sample, RefusesAFileWithoutJoulesAndSaysWhy) {
  SyntheticFile file(1);
  Record& record = file.add("avx2", gemm(8), kGemmTruth);
  record.energy_status = EnergyStatus::unmeasured;
  record.reason = "powercap: /sys/class/powercap is not there";
  file.results.runs[0].primary_channel = -1;
  file.results.runs[0].unmeasured_reason = "no meter opened";
  const std::string message = refusal_of({&file.results, 1});
  EXPECT_EQ(message,
            "fit: no record has gross energy (1 energy unmeasured); no meter opened; powercap: "
            "/sys/class/powercap is not there; run the sweep with a meter (`ergon doctor` says "
            "which this machine has), or ask for `estimate` by name");
}

TEST(Sample, RefusesToMixEstimatesWithMeasurements) {
  SyntheticFile measured(1), estimated(2, Source::estimated);
  measured.add("avx2", gemm(8), kGemmTruth);
  estimated.add("avx2", gemm(9), kGemmTruth);
  const std::vector<Results> files = {measured.results, estimated.results};
  EXPECT_EQ(refusal_of(files),
            "fit: energy of several sources (1 measured, 1 estimated); they never mix: fit each "
            "by itself");
}

TEST(Sample, TakesNetEnergyFromTheIdleStretchesAndRefusesWhereThereAreNone) {
  SyntheticFile file(1);
  Record& record = file.add("avx2", gemm(8), kGemmTruth);
  const double gross = record.windows[0].energy[0].gross.value;  // of one second
  EXPECT_EQ(refusal_of({&file.results, 1}, EnergyKind::net),
            "fit: no record has net energy (1 no idle stretch to take net energy from); run the "
            "sweep with a meter (`ergon doctor` says which this machine has), or ask for "
            "`estimate` by name");
  IdleStretch idle;
  idle.begin_ns = -2'000'000'000;
  idle.end_ns = -1'000'000'000;
  idle.energy.push_back(ChannelEnergy{.gross = Joules{5}});  // 5 W
  file.results.idle.push_back(idle);
  const SampleSet set = make_samples({&file.results, 1}, EnergyKind::net);
  EXPECT_NEAR(set.samples[0].energy.value, (gross - 5) / record.windows[0].launches, 1e-12);
  EXPECT_EQ(set.energy, EnergyKind::net);
}

TEST(Sample, ReadsTheCachesFromTheProvenance) {
  SyntheticFile file(1);
  file.add("avx2", gemm(8), kGemmTruth);
  const SampleSet set = make_samples({&file.results, 1}, EnergyKind::gross);
  const auto& caches = set.caches.at("Made CPU");
  ASSERT_EQ(caches.size(), 2u);
  EXPECT_EQ(caches[1].name, "L2");
  EXPECT_EQ(caches[1].bytes_each, 1048576u);
  EXPECT_EQ(caches[1].instances, 2);
}

}  // namespace ergon
