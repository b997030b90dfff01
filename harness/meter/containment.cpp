#include "harness/meter/containment.h"

#include <algorithm>
#include <array>
#include <set>

#include "kernels/error.h"

namespace ergon {
namespace {

// Across meters, which cannot name each other's channels. Each of these contains what stands in no
// earlier place here, whatever it is.
constexpr std::array<std::string_view, 3> kWholes = {"node", "supply", "platform"};

// What else contains what. Where a machine has several of the outer (four Grace modules, four
// GPUs), which of them holds the inner is not known: then it counts as within each. No ring, or
// the inner of one would be within the other.
struct Rule {
  std::string_view outer, inner;  // domains
};
constexpr Rule kRules[] = {
    {"module", "gpu"},      {"module", "package"},  {"module", "accelerator"},
    {"accelerator", "gpu"}, {"module", "packages"}, {"cpu", "packages"},
    {"board", "packages"},  {"cpu", "package"},     {"cpu", "grace"},
    {"cpu", "core"},        {"cpu", "uncore"},      {"cpu", "sysio"},
    {"memory", "dram"},     {"board", "gpu"},       {"board", "package"},
};

std::string_view meter_of(const Channel& channel) {
  return std::string_view(channel.name).substr(0, channel.name.find('/'));
}

bool rule_contains(const Channel& outer, const Channel& inner) {
  if (meter_of(outer) == meter_of(inner)) return false;  // a meter knows its own channels
  const auto outer_whole = std::find(kWholes.begin(), kWholes.end(), outer.domain);
  const auto inner_whole = std::find(kWholes.begin(), kWholes.end(), inner.domain);
  if (outer_whole < inner_whole) return true;
  return std::any_of(std::begin(kRules), std::end(kRules), [&](const Rule& rule) {
    return outer.domain == rule.outer && inner.domain == rule.inner;
  });
}

}  // namespace

std::string_view channel_place(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

Joules ChannelSum::of(std::span<const Joules> energy) const {
  Joules sum;
  for (const std::size_t i : channels_) sum += energy[i];
  return sum;
}

Containment::Containment(std::span<const Channel> channels)
    : channels_(channels.begin(), channels.end()) {
  std::set<std::string> names;
  for (const Channel& channel : channels_) {
    if (!names.insert(channel.name).second) {
      throw Error("channels: two are called " + channel.name + "; names are unique on a machine");
    }
  }
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    std::size_t at = i;
    for (std::size_t steps = 0; !channels_[at].within.empty(); ++steps) {
      const std::size_t outer = index_of(channels_[at].within);
      if (outer == channels_.size()) {
        throw Error("channels: " + channels_[at].name + " is within " + channels_[at].within +
                    ", which is no channel; known: one of the other channels, or none");
      }
      if (steps == channels_.size()) {
        throw Error("channels: " + channels_[i].name + " is within itself, by way of " +
                    channels_[i].within);
      }
      at = outer;
    }
  }
}

std::size_t Containment::index_of(std::string_view name) const {
  const auto found = std::find_if(channels_.begin(), channels_.end(),
                                  [&](const Channel& channel) { return channel.name == name; });
  return static_cast<std::size_t>(found - channels_.begin());
}

// Follows `within` from the inner channel up, and at each step crosses to channels of one place.
bool Containment::contains(std::size_t outer, std::size_t inner) const {
  const auto same_place = [&](std::size_t a, std::size_t b) {
    return channel_place(channels_[a].name) == channel_place(channels_[b].name);
  };
  std::vector<bool> reached(channels_.size(), false);
  std::vector<std::size_t> open = {inner};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (reached[at]) continue;
    reached[at] = true;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      const bool above =
          channels_[at].within == channels_[i].name || rule_contains(channels_[i], channels_[at]);
      if (above || same_place(i, at)) open.push_back(i);
    }
  }
  return reached[outer];
}

bool Containment::overlap(std::size_t a, std::size_t b) const {
  return contains(a, b) || contains(b, a);
}

std::string Containment::refusal(std::size_t a, std::size_t b) const {
  const std::string& one = channels_[a].name;
  const std::string& other = channels_[b].name;
  if (a == b) return one + " stands twice in the sum";
  const bool inward = contains(a, b), outward = contains(b, a);
  if (inward && outward) return one + " and " + other + " count the same energy";
  if (inward) return one + " contains " + other + " already";
  if (outward) return other + " contains " + one + " already";
  if (channels_[a].source != channels_[b].source) {
    return one + " and " + other + " come from different kinds of source, which never mix";
  }
  return "";
}

std::optional<ChannelSum> Containment::sum(std::span<const std::string> names,
                                           std::string& why_not) const {
  ChannelSum sum;
  for (const std::string& name : names) {
    const std::size_t next = index_of(name);
    if (next == channels_.size()) {
      why_not = name + " is no channel";
      return std::nullopt;
    }
    const Measure measure = channels_[next].measure;
    if (measure != Measure::energy && measure != Measure::power) {
      why_not = name + " is not a channel of energy or power";
      return std::nullopt;
    }
    for (const std::size_t before : sum.channels_) {
      why_not = refusal(before, next);
      if (!why_not.empty()) return std::nullopt;
    }
    sum.channels_.push_back(next);
  }
  if (sum.channels_.empty()) {
    why_not = "no channel is named: there is nothing to add up";
    return std::nullopt;
  }
  return sum;
}

}  // namespace ergon
