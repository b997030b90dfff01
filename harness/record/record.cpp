#include "harness/record/record.h"

namespace ergon {

std::span<const FaultName> window_faults() {
  static constexpr FaultName kFaults[] = {
      {kStaleCounter, "stale_counter", "the counter did not move for three update periods"},
      {kBackwardCounter, "backward_counter", "the counter went back by more than a wrap explains"},
      {kReadFailed, "read_failed", "the source of the channel gave an error"},
      {kStealTime, "steal_time", "the hypervisor took more than 1 % of the window's CPU time"},
      {kTooFewUpdates, "too_few_updates", "fewer meter updates than the protocol asks for"},
      {kInterrupted, "interrupted", "the time budget of the point ended within the window"},
      {kThrottled, "throttled",
       "the device slowed itself: heat, power brake or another such reason"},
      {kForeignProcess, "foreign_process", "another process computed on the device"},
      {kPartTimeSensor, "part_time_sensor",
       "launches keep step with a sensor that looks only part of the time"},
      {kClockDrift, "clock_drift",
       "the clock of the device left +-2 % of its median over the windows of the point"},
      {kMigration, "migration", "a thread of the launch moved to another CPU"},
  };
  return kFaults;
}

std::string_view status_name(RunStatus status) {
  switch (status) {
    case RunStatus::ok:
      return "ok";
    case RunStatus::refused:
      return "refused";
    case RunStatus::failed:
      return "failed";
  }
  return "";
}

std::string_view status_name(CheckStatus status) {
  switch (status) {
    case CheckStatus::passed:
      return "passed";
    case CheckStatus::sampled:
      return "sampled";
    case CheckStatus::wrong:
      return "wrong";
    case CheckStatus::not_run:
      return "not_run";
  }
  return "";
}

std::string_view status_name(EnergyStatus status) {
  switch (status) {
    case EnergyStatus::measured:
      return "measured";
    case EnergyStatus::partial:
      return "partial";
    case EnergyStatus::unmeasured:
      return "unmeasured";
    case EnergyStatus::invalid:
      return "invalid";
    case EnergyStatus::estimated:
      return "estimated";
    case EnergyStatus::simulated:
      return "simulated";
    case EnergyStatus::imported:
      return "imported";
  }
  return "";
}

std::string_view stop_name(Stop stop) {
  switch (stop) {
    case Stop::not_run:
      return "not_run";
    case Stop::narrow:
      return "narrow";
    case Stop::out_of_reach:
      return "out_of_reach";
    case Stop::windows_max:
      return "windows_max";
    case Stop::time_budget:
      return "time_budget";
    case Stop::part_time_sensor:
      return "part_time_sensor";
  }
  return "";
}

}  // namespace ergon
