#include <time.h>

#include <cerrno>

#include "harness/meter/meter.h"

namespace ergon {
namespace {

constexpr double kCountsPerJoule = 1e6;

// Both defaults are assumptions about a server of today, not measurements of this one: thermal
// design power per core is 3.75 W (AMD EPYC 9654: 360 W, 96 cores) to 6.25 W (Intel Xeon 8480+:
// 350 W, 56 cores); an idle package takes tens of watts.
constexpr MeterOption kOptions[] = {
    {"idle_watts", 20, "power of the idle machine (default: an assumption)"},
    {"watts_per_core", 5, "power of one busy core above idle (default: an assumption)"},
};

double seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// The kernel brings the CPU time of running threads up to date at its tick, which is the
// resolution of the coarse clocks.
double tick_s() {
  timespec tick{};
  clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
  return static_cast<double>(tick.tv_nsec) * 1e-9;
}

class Estimate final : public Meter {
 public:
  explicit Estimate(const MeterSite& site)
      : clock_(*site.clock),
        opened_ns_(clock_.now_ns()),
        opened_cpu_s_(seconds(CLOCK_PROCESS_CPUTIME_ID)),
        idle_watts_(site.options.at("idle_watts")),
        watts_per_core_(site.options.at("watts_per_core")) {
    channel_.name = "estimate/process";
    channel_.domain = "process";
    channel_.source = Source::estimated;
    channel_.scale = 1 / kCountsPerJoule;
    channel_.resolution = watts_per_core_ * tick_s();
    channel_.note =
        "an estimate, not a measurement: idle_watts x elapsed time + watts_per_core x CPU time of "
        "this process";
  }

  std::span<const Channel> channels() const override { return {&channel_, 1}; }

  void read(std::span<Reading> readings) noexcept override {
    const double elapsed_s = static_cast<double>(clock_.now_ns() - opened_ns_) * 1e-9;
    const double cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - opened_cpu_s_;
    const double joules = idle_watts_ * elapsed_s + watts_per_core_ * cpu_s;
    readings[0].raw = static_cast<std::uint64_t>(joules * kCountsPerJoule);
  }

 private:
  Clock& clock_;
  std::int64_t opened_ns_;
  double opened_cpu_s_, idle_watts_, watts_per_core_;
  Channel channel_;
};

std::unique_ptr<Meter> open(const MeterSite& site, std::string& why_not) {
  if (site.options.at("idle_watts") < 0 || site.options.at("watts_per_core") < 0) {
    why_not = "estimate: idle_watts or watts_per_core is negative; give 0 or more";
    return nullptr;
  }
  return std::make_unique<Estimate>(site);
}

}  // namespace

namespace meter {

extern const MeterType meter_estimate{
    .name = "estimate",
    .description =
        "a power model in place of a meter: idle_watts x time + watts_per_core x CPU "
        "time; an estimate, never a measurement",
    .source = Source::estimated,
    .options = kOptions,
    .open = open,
};

}  // namespace meter
}  // namespace ergon
