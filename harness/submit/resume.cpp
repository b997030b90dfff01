#include "harness/submit/resume.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "harness/record/provenance.h"
#include "harness/submit/campaign_tally.h"

namespace ergon {
namespace {

// Ends of a task that say something of its node. The others are the point's, or the user's.
constexpr std::array<std::string_view, 4> kOfTheNode = {"NODE_FAIL", "BOOT_FAIL", "FAILED",
                                                        "LAUNCH_FAILED"};

// What was under way when tasks ended, and how often.
class Deaths {
 public:
  Deaths(const Intents& intents, std::span<const EndedShard> found, int attempts_max)
      : attempts_max_(attempts_max) {
    for (const EndedShard& shard : intents.ended) add(shard);
    for (const EndedShard& shard : found) add(shard);
  }
  [[nodiscard]] bool given_up(std::int64_t number) const {
    const auto found = by_visit_.find(number);
    return found != by_visit_.end() && found->second >= attempts_max_;
  }
  [[nodiscard]] std::vector<std::string> nodes(int failures_max) const {
    std::vector<std::string> nodes;
    for (const auto& [node, failures] : by_node_) {
      if (failures >= failures_max) nodes.push_back(node);
    }
    return nodes;
  }
  void number_visits(const CampaignTally& tally) {
    for (const auto& [visit, deaths] : texts_) {
      Visit of;
      const char* const end = visit.data() + visit.size();
      const auto point = std::from_chars(visit.data(), end, of.point);
      if (point.ec != std::errc() || point.ptr == end) continue;
      if (std::from_chars(point.ptr + 1, end, of.replicate).ec != std::errc()) continue;
      by_visit_[static_cast<std::int64_t>(tally.number(of))] = deaths;
    }
  }

 private:
  void add(const EndedShard& shard) {
    if (!shard.node.empty() && std::ranges::find(kOfTheNode, shard.state) != kOfTheNode.end()) {
      ++by_node_[shard.node];
    }
    // Memory does not grow by trying again.
    if (!shard.visit.empty()) {
      texts_[shard.visit] += shard.state == "OUT_OF_MEMORY" ? attempts_max_ : 1;
    }
  }

  int attempts_max_;
  std::map<std::string, int> texts_, by_node_;
  std::map<std::int64_t, int> by_visit_;
};

// Numbers of the visits of a shard.
std::vector<std::size_t> numbers_of(const Campaign& campaign, const Submission& submission,
                                    int shard, const CampaignTally& tally,
                                    std::map<int, std::vector<Visit>>& work) {
  auto& visits = work[submission.number];
  if (visits.empty()) visits = read_work(campaign.work_file(submission.number));
  std::vector<std::size_t> numbers;
  for (auto i = static_cast<std::size_t>(shard - submission.first_shard); i < visits.size();
       i += static_cast<std::size_t>(submission.shards)) {
    numbers.push_back(tally.number(visits[i]));
  }
  return numbers;
}

// Where no submission has the sources of this build, what was measured is stale to it.
Intents with_this_build(Intents intents) {
  if (!intents.submissions.empty()) intents.submissions.back().kernels_hash = kernels_hash();
  return intents;
}

}  // namespace

Remainder remainder(const Campaign& campaign, const Intents& intents,
                    const std::vector<ShardState>& states, const Site& site,
                    const ResumeOptions& options) {
  const CampaignTally tally(campaign, with_this_build(intents));
  Remainder rest;
  std::vector<bool> live(tally.visits().size());
  std::map<int, std::vector<Visit>> work;
  for (const ShardState& state : states) {
    if (state.phase == ShardState::Phase::done || state.phase == ShardState::Phase::ended) continue;
    const Submission* const submission = intents.submission_of(state.shard);
    const auto numbers = numbers_of(campaign, *submission, state.shard, tally, work);
    if (state.phase == ShardState::Phase::lost) {
      const auto done = std::ranges::count_if(numbers, [&](std::size_t number) {
        return tally.visits()[number].fate != CampaignTally::Fate::missing;
      });
      rest.ended.push_back({state.shard, state.state, state.node, done, state.visit});
      ++rest.causes[state.state];
    } else {
      for (const std::size_t number : numbers) live[number] = true;
    }
  }
  Deaths deaths(intents, rest.ended, site.attempts_max);
  deaths.number_visits(tally);
  rest.exclude = deaths.nodes(site.node_failures_max);
  for (std::size_t i = 0; i < tally.visits().size(); ++i) {
    const CampaignTally::Visited& visit = tally.visits()[i];
    const bool failed = visit.fate == CampaignTally::Fate::failed;
    if (visit.fate == CampaignTally::Fate::missing || failed) {
      if (live[i]) {
        ++rest.live;
      } else if (failed && visit.wrong) {
        ++rest.wrong;
      } else if (failed && (!options.failed || visit.times >= site.attempts_max)) {
        ++rest.failed;
      } else if (!options.given_up && deaths.given_up(static_cast<std::int64_t>(i))) {
        ++rest.given_up;
      } else if (visit.stale && !options.stale) {
        ++rest.stale;
      } else {
        rest.visits.push_back(tally.visit(i));
      }
    } else {
      ++rest.done;
    }
  }
  return rest;
}

}  // namespace ergon
