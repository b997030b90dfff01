#include "harness/meter/rapl_preference.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "harness/meter/containment.h"

namespace ergon {
namespace {

// Best first: perf reads quickest and extends the counter to 64 bits; msr needs the most rights.
constexpr std::array<std::string_view, 4> kPreference = {"perf", "powercap", "msr", "hwmon"};

std::size_t rank_of(std::string_view channel) {
  const std::string_view meter = channel.substr(0, channel.find('/'));
  return static_cast<std::size_t>(std::find(kPreference.begin(), kPreference.end(), meter) -
                                  kPreference.begin());
}

bool takes_part(std::string_view channel) { return rank_of(channel) < kPreference.size(); }

// Some channels of a meter.
class SubsetMeter final : public Meter {
 public:
  SubsetMeter(std::unique_ptr<Meter> meter, std::vector<std::size_t> kept,
              std::vector<Channel> channels)
      : meter_(std::move(meter)),
        kept_(std::move(kept)),
        channels_(std::move(channels)),
        readings_(meter_->channels().size()) {}

  std::span<const Channel> channels() const override { return channels_; }

  void read(std::span<Reading> readings) noexcept override {
    std::fill(readings_.begin(), readings_.end(), Reading{});
    meter_->read(readings_);
    for (std::size_t i = 0; i < kept_.size(); ++i) readings[i] = readings_[kept_[i]];
  }

 private:
  std::unique_ptr<Meter> meter_;
  std::vector<std::size_t> kept_;
  std::vector<Channel> channels_;
  std::vector<Reading> readings_;
};

// The best channel of every place: place -> name.
std::map<std::string, std::string, std::less<>> best_channels(
    const std::vector<std::unique_ptr<Meter>>& meters) {
  std::map<std::string, std::string, std::less<>> best;
  for (const auto& meter : meters) {
    for (const Channel& channel : meter->channels()) {
      if (!takes_part(channel.name)) continue;
      const std::string place(channel_place(channel.name));
      const auto [found, fresh] = best.emplace(place, channel.name);
      if (!fresh && rank_of(channel.name) < rank_of(found->second)) found->second = channel.name;
    }
  }
  return best;
}

}  // namespace

std::vector<std::unique_ptr<Meter>> prefer_rapl(std::vector<std::unique_ptr<Meter>> meters) {
  const auto best = best_channels(meters);
  std::vector<std::unique_ptr<Meter>> preferred;
  for (auto& meter : meters) {
    std::vector<std::size_t> kept;
    std::vector<Channel> channels;
    bool same = true;
    for (std::size_t i = 0; i < meter->channels().size(); ++i) {
      Channel channel = meter->channels()[i];
      if (takes_part(channel.name)) {
        same = same && best.find(channel_place(channel.name))->second == channel.name;
        if (best.find(channel_place(channel.name))->second != channel.name) continue;
        const auto outer = best.find(channel_place(channel.within));
        if (!channel.within.empty() && outer != best.end()) channel.within = outer->second;
      }
      kept.push_back(i);
      channels.push_back(std::move(channel));
    }
    if (kept.empty()) continue;
    if (!same) {
      meter = std::make_unique<SubsetMeter>(std::move(meter), std::move(kept), std::move(channels));
    }
    preferred.push_back(std::move(meter));
  }
  return preferred;
}

}  // namespace ergon
