#include "analysis/network/network.h"

#include <fmt/format.h>

#include "analysis/network/transformer.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::int64_t kNodesMax = 2'000'000;  // about 600 MB

std::vector<Phase> phases_of(const NetworkDescription& description, const Workload& workload) {
  const bool decoder = description.kind == NetworkKind::decoder;
  std::vector<Phase> phases = workload.phases;
  if (phases.empty()) phases = {decoder ? Phase::prefill : Phase::encode};
  for (const Phase phase : phases) {
    if ((phase == Phase::encode) != decoder) continue;
    throw Error(
        fmt::format("network {}: has no phase {}; {}", description.name, phase_name(phase),
                    decoder ? "a decoder has prefill and decode" : "an encoder has encode"));
  }
  return phases;
}

std::int64_t past_of(const NetworkDescription& description, const Workload& workload) {
  if (workload.past >= 0) return workload.past;
  for (const Phase phase : workload.phases) {
    if (phase == Phase::prefill) return workload.sequence;
  }
  throw Error(
      fmt::format("network {}: decode needs the tokens in the cache; give --past, or "
                  "--phase prefill before it",
                  description.name));
}

void expect_room(const NetworkDescription& description, std::int64_t tokens) {
  const std::int64_t room = description.context - description.position_offset;
  if (tokens > room) {
    throw Error(
        fmt::format("network {}: {} tokens are more than its context of {}; shorten the "
                    "input, or --set context={}",
                    description.name, tokens, room, tokens + description.position_offset));
  }
}

class Assembly {
 public:
  Assembly(Network& network, const NetworkDescription& description, const Workload& workload)
      : network_(network),
        description_(description),
        workload_(workload),
        builder_(network, workload.dtypes) {}

  void assemble() {
    const std::vector<Phase> phases = phases_of(description_, workload_);
    builder_.open(network_.name, "network");
    for (const Phase phase : phases) {
      const bool several = phases.size() > 1 || (phase == Phase::decode && workload_.steps > 1);
      if (several) builder_.open(std::string(phase_name(phase)), "phase");
      phase == Phase::decode ? decode() : whole(phase);
      if (several) builder_.close();
    }
    builder_.close();
  }

 private:
  void whole(Phase phase) {
    expect_room(description_, workload_.sequence);
    run({.phase = phase,
         .batch = workload_.batch,
         .queries = workload_.sequence,
         .keys = workload_.sequence});
  }

  void decode() {
    if (!description_.cache) {
      throw Error(fmt::format("network {}: keeps no cache to decode with; --set cache=yes",
                              description_.name));
    }
    const std::int64_t past = past_of(description_, workload_);
    expect_room(description_, past + workload_.steps);
    for (std::int64_t step = 0; step < workload_.steps; ++step) {
      if (workload_.steps > 1) builder_.open(fmt::format("step.{}", step), "step");
      run({.phase = Phase::decode,
           .batch = workload_.batch,
           .queries = 1,
           .keys = past + step + 1});
      if (workload_.steps > 1) builder_.close();
      if (static_cast<std::int64_t>(network_.nodes.size()) > kNodesMax) {
        throw Error(fmt::format("network {}: {} steps are over {} operations; ask for fewer",
                                description_.name, workload_.steps, kNodesMax));
      }
    }
  }

  void run(const Run& run) {
    add_transformer(builder_, description_, workload_, run);
    builder_.share_weights();
  }

  Network& network_;
  const NetworkDescription& description_;
  const Workload& workload_;
  NetworkBuilder builder_;
};

}  // namespace

std::string_view phase_name(Phase phase) {
  switch (phase) {
    case Phase::encode:
      return "encode";
    case Phase::prefill:
      return "prefill";
    case Phase::decode:
      return "decode";
  }
  return "";
}

std::string Network::path(int node) const {
  if (node < 0) return "";
  const Node& at = nodes[static_cast<std::size_t>(node)];
  return at.parent < 0 ? at.name : path(at.parent) + "/" + at.name;
}

Network build_network(const NetworkDescription& given, const Workload& workload) {
  if (const DescriptionFault fault = fault_of(given); !fault.reason.empty()) {
    throw Error(fmt::format("network {}: {}: {}", given.name, fault.field, fault.reason));
  }
  const NetworkDescription description = completed(given);
  Network network{.name = description.name, .nodes = {}};
  Assembly(network, description, workload).assemble();
  return network;
}

NetworkCounts counts_of(const Network& network) {
  NetworkCounts counts;
  for (const Node& node : network.nodes) {
    if (!node.is_operation()) continue;
    const Work work = node.problem.primitive->work(node.problem);
    ++counts.operations;
    counts.parameters += node.parameters;
    counts.flops += work.flops;
    counts.specials += work.specials;
    counts.bytes += work.bytes();
  }
  return counts;
}

}  // namespace ergon
