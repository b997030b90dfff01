#include <cmath>
#include <numbers>

#include "harness/meter/meter.h"

namespace ergon {
namespace {

constexpr double kCountsPerJoule = 1e6;

constexpr MeterOption kOptions[] = {
    {"watts", 50, "mean power"},
    {"amplitude_watts", 0, "amplitude of a sine about the mean; at most `watts`"},
    {"period_s", 1, "period of the sine"},
    {"update_period_s", 0.001, "the counter steps this often; 0: at every read"},
    {"wrap_joules", 0, "the counter starts again at zero here; 0: never"},
};

// Energy of a stated power curve, watts + amplitude x sin(2 pi t / period) from its opening on,
// seen through a counter of microjoules.
class Simulated final : public Meter {
 public:
  explicit Simulated(const MeterSite& site)
      : clock_(*site.clock),
        opened_ns_(clock_.now_ns()),
        watts_(site.options.at("watts")),
        amplitude_watts_(site.options.at("amplitude_watts")),
        period_s_(site.options.at("period_s")),
        update_period_s_(site.options.at("update_period_s")) {
    channel_.name = "simulated/load";
    channel_.domain = "simulation";
    channel_.source = Source::simulated;
    channel_.scale = 1 / kCountsPerJoule;
    channel_.update_period = Seconds{update_period_s_};
    channel_.wrap = static_cast<std::uint64_t>(site.options.at("wrap_joules") * kCountsPerJoule);
    channel_.resolution = channel_.scale;
    channel_.note = "simulated: watts + amplitude_watts x sin(2 pi t / period_s)";
  }

  std::span<const Channel> channels() const override { return {&channel_, 1}; }

  void read(std::span<Reading> readings) noexcept override {
    double time_s = static_cast<double>(clock_.now_ns() - opened_ns_) * 1e-9;
    if (update_period_s_ > 0) time_s = std::floor(time_s / update_period_s_) * update_period_s_;
    const auto counts = static_cast<std::uint64_t>(energy(time_s) * kCountsPerJoule);
    readings[0].raw = channel_.wrap != 0 ? counts % channel_.wrap : counts;
  }

 private:
  // The integral of the power from 0 to `time_s`, in J.
  double energy(double time_s) const {
    const double angular = 2 * std::numbers::pi / period_s_;
    return watts_ * time_s + amplitude_watts_ / angular * (1 - std::cos(angular * time_s));
  }

  Clock& clock_;
  std::int64_t opened_ns_;
  double watts_, amplitude_watts_, period_s_, update_period_s_;
  Channel channel_;
};

std::unique_ptr<Meter> open(const MeterSite& site, std::string& why_not) {
  const auto& options = site.options;
  if (options.at("amplitude_watts") > options.at("watts") || options.at("amplitude_watts") < 0) {
    why_not =
        "simulated: amplitude_watts is not between 0 and watts, so energy would run "
        "backwards; give a smaller one";
    return nullptr;
  }
  if (options.at("period_s") <= 0 || options.at("update_period_s") < 0 ||
      options.at("wrap_joules") < 0) {
    why_not = "simulated: a period or wrap is negative, or period_s is 0; give a positive one";
    return nullptr;
  }
  return std::make_unique<Simulated>(site);
}

}  // namespace

namespace meter {

extern const MeterType meter_simulated{
    .name = "simulated",
    .description = "a stated power curve read back exactly; for tests and dry runs",
    .source = Source::simulated,
    .options = kOptions,
    .open = open,
};

}  // namespace meter
}  // namespace ergon
