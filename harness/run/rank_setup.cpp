#include "harness/run/rank_setup.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "harness/config/frozen_sweep.h"
#include "harness/record/provenance.h"
#include "kernels/error.h"

namespace ergon {
namespace {

bool shares(const RankPlaces& places, int rank, bool share) {
  return share && places.ranks_on(places.node_of[static_cast<std::size_t>(rank)]) > 1;
}

}  // namespace

RankMessage setup_message(const PartSetup& setup, bool share, bool anything_left) {
  RankMessage message{.what = "setup",
                      .texts = {setup.conditions.name, setup.conditions.text},
                      .numbers = {setup.threads_most, share ? 1 : 0, anything_left ? 1 : 0}};
  for (const Point& point : setup.sentinels) message.texts.push_back(point_key(point));
  return message;
}

RankSetup read_setup(const RankMessage& message) {
  RankSetup setup{.conditions = parse_sweep_conditions(message.texts.at(1), message.texts.at(0)),
                  .sentinels = {},
                  .threads_most = static_cast<int>(message.numbers.at(0)),
                  .share = message.numbers.at(1) != 0,
                  .anything_left = message.numbers.at(2) != 0};
  for (std::size_t i = 2; i < message.texts.size(); ++i) {
    setup.sentinels.push_back(point_from_key(message.texts[i]));
  }
  return setup;
}

void expect_same_build(const RankPlaces& places, int rank, const RankMessage& said) {
  if (said.texts.at(0) == kernels_hash() && said.texts.at(1) == build_hash()) return;
  throw Error(
      fmt::format("rank {} on {} runs another build of ergon than rank 0; start the same "
                  "program on all nodes",
                  rank, places.host_of[static_cast<std::size_t>(rank)]));
}

std::string rank_facts(const RankPlaces& places, int rank, const std::string& mode, bool share) {
  const int node = places.node_of[static_cast<std::size_t>(rank)];
  return nlohmann::json{{"mode", mode},
                        {"rank", rank},
                        {"ranks", places.ranks()},
                        {"node", node},
                        {"nodes", places.nodes()},
                        {"ranks_on_node", places.ranks_on(node)},
                        {"energy_scope", shares(places, rank, share) ? "shared" : "own"}}
      .dump();
}

std::string refusal_of_sharers(const RankPlaces& places, int rank, bool share) {
  if (!shares(places, rank, share)) return "";
  return fmt::format(
      "{} ranks share the node and measure at once: its meters count what all of them do; leave "
      "out --share and they take turns",
      places.ranks_on(places.node_of[static_cast<std::size_t>(rank)]));
}

}  // namespace ergon
