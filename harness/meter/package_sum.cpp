#include "harness/meter/package_sum.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace ergon {
namespace {

constexpr double kNano = 1e-9;
constexpr std::string_view kDomain = "packages";

std::string_view meter_of(std::string_view channel) { return channel.substr(0, channel.find('/')); }

// The channels that count what `primary` counts, each of another package.
std::vector<std::string> packages_like(std::span<const Channel> channels, const Channel& primary) {
  std::vector<std::string> names;
  for (const Channel& channel : channels) {
    const bool alike = meter_of(channel.name) == meter_of(primary.name) &&
                       channel.domain == primary.domain && channel.measure == primary.measure &&
                       channel.within == primary.within;
    if (alike) names.push_back(channel.name);
  }
  return names;
}

}  // namespace

void take_worst(Channel& sum, const Channel& part) {
  sum.update_period = std::max(sum.update_period, part.update_period);
  sum.averaging_window = std::max(sum.averaging_window, part.averaging_window);
  sum.lag = std::max(sum.lag, part.lag);
  sum.resolution = std::max(sum.resolution, part.resolution);
  sum.gain_relative = std::max(sum.gain_relative, part.gain_relative);
  if (part.gain_group.empty() || sum.gain_group == part.gain_group) return;
  if (!sum.gain_group.empty()) sum.gain_group += kGainGroupsJoin;
  sum.gain_group += part.gain_group;
}

bool is_package_sum(const Channel& channel) { return channel.domain == kDomain; }

std::optional<PackageSum> sum_packages(std::vector<Channel>& channels, std::size_t primary) {
  const Channel first = channels[primary];
  if (first.domain != "package") return std::nullopt;
  const std::vector<std::string> names = packages_like(channels, first);
  if (names.size() < 2) return std::nullopt;
  std::string why_not;
  std::optional<ChannelSum> summands = Containment(channels).sum(names, why_not);
  if (!summands) return std::nullopt;
  Channel sum;
  sum.name = fmt::format("{}/packages", meter_of(first.name));
  sum.domain = kDomain;
  sum.within = first.within;
  sum.measure = first.measure;
  sum.source = first.source;
  sum.scale = kNano;
  sum.note = fmt::format("the sum of {}", fmt::join(names, ", "));
  for (const std::size_t i : summands->channels()) {
    take_worst(sum, channels[i]);
    channels[i].within = sum.name;
  }
  return PackageSum{std::move(sum), std::move(*summands)};
}

}  // namespace ergon
