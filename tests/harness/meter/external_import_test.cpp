#include "harness/meter/external_import.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// One run whose steady clock reads 100 s at Unix time 1700000000 s; windows of 110-120 s and
// 120-130 s, idle of 100-105 s.
Results one_run() {
  Results results;
  RunInfo run;
  run.id = "a";
  run.anchor_utc_ns = 1'700'000'000 * kSecond;
  run.anchor_steady_ns = 100 * kSecond;
  results.runs.push_back(run);
  results.idle.push_back(
      {.run = 0, .begin_ns = 100 * kSecond, .end_ns = 105 * kSecond, .energy = {}});
  Record record;
  record.energy_status = EnergyStatus::unmeasured;
  record.reason = "no meter";
  record.windows.push_back({.begin_ns = 110 * kSecond, .end_ns = 120 * kSecond, .energy = {}});
  record.windows.push_back({.begin_ns = 120 * kSecond, .end_ns = 130 * kSecond, .energy = {}});
  results.records.push_back(record);
  return results;
}

// 50 W once a second, from `begin_s` to `end_s`.
Trace steady_trace(std::int64_t begin_s, std::int64_t end_s, TimeBase base) {
  Trace trace{.name = "logs/wall.csv", .base = base, .time_ns = {}, .value = {}};
  for (std::int64_t s = begin_s; s <= end_s; ++s) {
    trace.time_ns.push_back(s * kSecond);
    trace.value.push_back(50);
  }
  return trace;
}

}  // namespace

TEST(ImportTrace, GivesWindowsTheirEnergyByUnixTime) {
  Results results = one_run();
  import_trace(results, 0, steady_trace(1'699'999'990, 1'700'000'025, TimeBase::epoch), nullptr,
               0.01);
  ASSERT_EQ(results.runs[0].channels.size(), 1u);
  EXPECT_EQ(results.runs[0].primary_channel, 0);
  EXPECT_EQ(results.runs[0].channels[0].name, "external/wall.csv");
  EXPECT_EQ(results.runs[0].channels[0].source, Source::imported);
  const ChannelEnergy& first = results.records[0].windows[0].energy.at(0);
  EXPECT_NEAR(first.gross.value, 500, 1e-6);
  EXPECT_EQ(first.raw_begin, 1'000'000'000u);  // 20 s x 50 W since the trace began, in uJ
  EXPECT_EQ(first.raw_end, 1'500'000'000u);
  EXPECT_NEAR(first.u_edge.value, 50 / std::sqrt(6.0), 1e-6);
  // The trace ends within the second window.
  EXPECT_TRUE(std::isnan(results.records[0].windows[1].energy.at(0).gross.value));
  EXPECT_NEAR(results.idle[0].energy.at(0).gross.value, 250, 1e-6);
  EXPECT_EQ(results.records[0].energy_status, EnergyStatus::imported);
}

TEST(ImportTrace, IsPlacedByTheChirp) {
  Results results = one_run();
  const Alignment alignment{.offset_ns = 100 * kSecond, .u_offset = Seconds{1}};
  import_trace(results, 0, steady_trace(0, 40, TimeBase::relative), &alignment, 0.01);
  EXPECT_NEAR(results.records[0].windows[1].energy.at(0).gross.value, 500, 1e-6);
  EXPECT_NEAR(results.records[0].windows[1].energy.at(0).u_edge.value, 50 * std::sqrt(1 + 1.0 / 6),
              1e-6);
}

TEST(ImportTrace, LeavesMeasuredRecordsMeasured) {
  Results results = one_run();
  results.runs[0].channels.emplace_back().name = "powercap/package-0";
  results.runs[0].primary_channel = 0;
  results.records[0].energy_status = EnergyStatus::measured;
  const Alignment alignment{.offset_ns = 100 * kSecond, .u_offset = Seconds{0}};
  import_trace(results, 0, steady_trace(0, 40, TimeBase::relative), &alignment, 0.01);
  EXPECT_EQ(results.records[0].energy_status, EnergyStatus::measured);
  EXPECT_EQ(results.runs[0].primary_channel, 0);
  EXPECT_EQ(results.records[0].windows[0].energy.at(0).channel, 1);
}

TEST(ImportTrace, ThatCoversNothingChangesNothing) {
  Results results = one_run();
  EXPECT_THROW(import_trace(results, 0, steady_trace(1'600'000'000, 1'600'000'100, TimeBase::epoch),
                            nullptr, 0.01),
               Error);
  EXPECT_THROW(import_trace(results, 0, steady_trace(0, 40, TimeBase::relative), nullptr, 0.01),
               Error);
  EXPECT_TRUE(results.runs[0].channels.empty());
  EXPECT_TRUE(results.records[0].windows[0].energy.empty());
  EXPECT_EQ(results.records[0].energy_status, EnergyStatus::unmeasured);
}

}  // namespace ergon
