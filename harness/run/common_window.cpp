#include "harness/run/common_window.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "harness/meter/package_sum.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr double kNano = 1e-9;

// Of a node's channels, as the run numbers them.
template <class Element>
void append_shifted(std::vector<Element>& all, std::vector<Element> more, int first) {
  for (Element& element : more) {
    element.channel += first;
    all.push_back(std::move(element));
  }
}

const ChannelEnergy* energy_of(const std::vector<ChannelEnergy>& energies, int channel) {
  for (const ChannelEnergy& energy : energies) {
    if (energy.channel == channel) return &energy;
  }
  return nullptr;
}

// Errors of the nodes' edges are their own.
ChannelEnergy sum_of(std::span<const LoadedPart> parts,
                     const std::vector<ChannelEnergy>& energies) {
  ChannelEnergy sum;
  double variance = 0;
  for (const LoadedPart& part : parts) {
    const ChannelEnergy* const energy = energy_of(energies, part.node.primary);
    const double joules = energy == nullptr ? kNotKnown : energy->gross.value;
    const double error = energy == nullptr ? 0 : energy->u_edge.value;
    sum.gross += Joules{joules};
    variance += error * error;
  }
  sum.u_edge = Joules{std::sqrt(variance)};
  // Its own count: nJ since the window began.
  if (std::isfinite(sum.gross.value) && sum.gross.value > 0) {
    sum.raw_end = static_cast<std::uint64_t>(std::llround(sum.gross.value / kNano));
  }
  return sum;
}

std::vector<ChannelEnergy> energies_within(std::span<const LoadedPart> parts,
                                           const TimeSpan& common, bool by_length, int sum) {
  std::vector<ChannelEnergy> all;
  for (const LoadedPart& part : parts) {
    TimeSpan within = common;
    const TimeSpan own = span_of(part.node, part.window);
    // As much of its own as the common one is long.
    if (by_length) within = {own.begin_ns, own.begin_ns + common.length_ns()};
    append_shifted(all, energy_within(part.window.energy, own, within), part.node.first_channel);
  }
  if (sum >= 0) all.insert(all.begin(), sum_of(parts, all));
  return all;
}

NodeWindow node_window(const LoadedPart& part, const TimeSpan& common) {
  const TimeSpan own = span_of(part.node, part.window);
  NodeWindow row{.channel = part.node.primary,
                 .node = part.node.node,
                 .host = part.node.host,
                 .ranks = part.node.ranks,
                 .begin_ns = own.begin_ns,
                 .end_ns = own.end_ns,
                 .launches = part.launches,
                 .clock_offset_ns = part.node.clock.offset_ns,
                 .clock_bound_ns = part.node.clock.bound_ns,
                 .barrier_wait = part.node.barrier_wait};
  const int primary = part.node.primary - part.node.first_channel;
  if (const ChannelEnergy* const energy = energy_of(part.window.energy, primary)) {
    row.gross = energy->gross;
    const double share =
        static_cast<double>(common.length_ns()) / static_cast<double>(own.length_ns());
    row.cut = (1 - share) * energy->gross;
  }
  return row;
}

std::vector<TimeSpan> spans_of(std::span<const LoadedPart> parts) {
  std::vector<TimeSpan> spans;
  for (const LoadedPart& part : parts) spans.push_back(span_of(part.node, part.window));
  return spans;
}

}  // namespace

TimeSpan common_span(std::span<const TimeSpan> spans) {
  ERGON_ASSERT(!spans.empty());
  TimeSpan common = spans.front();
  for (const TimeSpan& span : spans) {
    common.begin_ns = std::max(common.begin_ns, span.begin_ns);
    common.end_ns = std::min(common.end_ns, span.end_ns);
  }
  common.end_ns = std::max(common.begin_ns, common.end_ns);
  return common;
}

std::vector<ChannelEnergy> energy_within(std::vector<ChannelEnergy> energies, const TimeSpan& own,
                                         const TimeSpan& common) {
  const double share =
      common.length_ns() <= 0 || own.length_ns() <= 0
          ? kNotKnown
          : static_cast<double>(common.length_ns()) / static_cast<double>(own.length_ns());
  for (ChannelEnergy& energy : energies) {
    energy.gross = share * energy.gross;
    energy.u_edge = share * energy.u_edge;
  }
  return energies;
}

TimeSpan span_of(const LoadedNode& node, const Window& window) {
  return {node.clock.to_own(window.begin_ns), node.clock.to_own(window.end_ns)};
}

Window combine_windows(std::span<const LoadedPart> parts, int sum) {
  const TimeSpan common = common_span(spans_of(parts));
  Window window;
  window.begin_ns = common.begin_ns;
  window.end_ns = common.end_ns;
  std::int64_t longest_ns = 0;
  for (const LoadedPart& part : parts) {
    const int first = part.node.first_channel;
    window.launches += part.launches;
    window.invalid |= part.window.invalid;
    append_shifted(window.states, part.window.states, first);
    for (CrossCheck check : part.window.checks) {
      check.channel += first;
      if (check.other >= 0) check.other += first;
      window.checks.push_back(check);
    }
    window.nodes.push_back(node_window(part, common));
    longest_ns = std::max(longest_ns, part.window.end_ns - part.window.begin_ns);
  }
  window.energy = energies_within(parts, common, /*by_length=*/false, sum);
  if (2 * common.length_ns() < longest_ns) window.invalid |= kTooFewUpdates;
  return window;
}

IdleStretch combine_idle(std::span<const LoadedPart> parts, int sum) {
  TimeSpan common = common_span(spans_of(parts));
  const bool apart = common.length_ns() == 0;
  if (apart) {
    common = span_of(parts.front().node, parts.front().window);
    for (const TimeSpan& own : spans_of(parts)) {
      common.end_ns = std::min(common.end_ns, common.begin_ns + own.length_ns());
    }
  }
  IdleStretch idle;
  idle.begin_ns = common.begin_ns;
  idle.end_ns = common.end_ns;
  for (const LoadedPart& part : parts) idle.invalid |= part.window.invalid;
  idle.energy = energies_within(parts, common, apart, sum);
  return idle;
}

Activity combine_activities(std::span<const Activity> activities) {
  Activity all{
      .cycles = 0, .instructions = 0, .cache_misses = 0, .preemptions = 0, .migrations = 0};
  const auto count = static_cast<double>(activities.size());
  double elapsed = 0, counted = 0, frequency = 0, steal = 0;
  for (const Activity& one : activities) {
    all.cycles += one.cycles;
    all.instructions += one.instructions;
    all.cache_misses += one.cache_misses;
    all.preemptions += one.preemptions;
    all.migrations += one.migrations;
    elapsed += one.elapsed.value / count;
    counted += one.counted_share / count;
    frequency += one.frequency.value / count;
    steal += one.steal_share / count;
  }
  all.elapsed = {elapsed};
  all.counted_share = counted;
  all.frequency = {frequency};
  all.steal_share = steal;
  return all;
}

std::vector<Channel> combine_channels(std::span<const RunInfo> runs, std::vector<LoadedNode>& nodes,
                                      std::string& unmeasured) {
  ERGON_ASSERT(runs.size() == nodes.size() && !runs.empty());
  std::vector<const Channel*> primaries;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const int primary = runs[i].primary_channel;
    if (primary < 0) {
      unmeasured = nodes[i].host + ": " + runs[i].unmeasured_reason;
      break;
    }
    primaries.push_back(&runs[i].channels[static_cast<std::size_t>(primary)]);
    if (primaries.back()->source == primaries.front()->source) continue;
    unmeasured = nodes.front().host + " and " + nodes[i].host +
                 ": their meters are of different sources, whose joules do not add up; name one "
                 "meter in the sweep";
    break;
  }
  const int ranks = std::accumulate(nodes.begin(), nodes.end(), 0,
                                    [](int sum, const LoadedNode& n) { return sum + n.ranks; });
  std::vector<Channel> all;
  if (unmeasured.empty()) {
    Channel& sum = all.emplace_back();
    sum.name = "nodes/all";
    sum.domain = fmt::format("{} of {} node{}, {} rank{}", primaries.front()->domain, nodes.size(),
                             nodes.size() == 1 ? "" : "s", ranks, ranks == 1 ? "" : "s");
    sum.source = primaries.front()->source;
    sum.scale = kNano;
    sum.note = "the sum of the nodes' primary channels over what their windows have in common";
    for (const Channel* primary : primaries) take_worst(sum, *primary);
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    nodes[i].first_channel = static_cast<int>(all.size());
    const int primary = runs[i].primary_channel;
    nodes[i].primary = primary < 0 ? -1 : nodes[i].first_channel + primary;
    const std::string of = fmt::format("@{}.{}", nodes[i].host, nodes[i].node);
    for (Channel channel : runs[i].channels) {
      channel.name += of;
      if (!channel.within.empty()) channel.within += of;
      all.push_back(std::move(channel));
    }
    if (!unmeasured.empty()) continue;
    Channel& primary_channel = all[static_cast<std::size_t>(nodes[i].primary)];
    if (primary_channel.within.empty()) primary_channel.within = all.front().name;
  }
  return all;
}

}  // namespace ergon
