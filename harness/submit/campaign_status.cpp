#include "harness/submit/campaign_status.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <fstream>
#include <limits>

#include "harness/submit/attempt.h"
#include "harness/submit/intents.h"
#include "harness/submit/scheduler.h"

namespace ergon {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void count_attempts(const std::vector<Attempt>& attempts, CampaignStatus& status) {
  double energy = 0;
  bool metered = false;
  for (const Attempt& attempt : attempts) {
    status.failed += attempt.failed;
    if (!std::isfinite(attempt.energy.value)) continue;
    if (metered && attempt.energy_status != status.energy_status) status.mixed = true;
    status.energy_status = attempt.energy_status;
    energy += attempt.energy.value;
    metered = true;
  }
  status.energy = {metered ? energy : kNan};
}

// The rate of a shard that runs is that of its present attempt.
void count_rate(const std::vector<Attempt>& attempts, CampaignStatus& status) {
  std::vector<const Attempt*> last(status.shards.size());
  for (const Attempt& attempt : attempts) {
    if (attempt.shard >= 0 && attempt.shard < std::ssize(last)) {
      last[static_cast<std::size_t>(attempt.shard)] = &attempt;
    }
  }
  for (std::size_t i = 0; i < last.size(); ++i) {
    if (status.shards[i].phase != ShardState::Phase::running || last[i] == nullptr) continue;
    if (last[i]->elapsed.value > 0) {
      status.rate += static_cast<double>(last[i]->fresh) / last[i]->elapsed.value;
    }
  }
}

void count_shards(CampaignStatus& status) {
  for (const ShardState& shard : status.shards) {
    status.done += shard.done;
    const std::int64_t left = shard.visits - shard.done;
    switch (shard.phase) {
      case ShardState::Phase::done:
      case ShardState::Phase::ended:
        break;
      case ShardState::Phase::running:
        status.running += left;
        break;
      case ShardState::Phase::waiting:
        status.waiting += left;
        status.reasons[shard.reason.empty() ? "its turn" : shard.reason] += left;
        break;
      case ShardState::Phase::lost:
        status.lost += left;
        break;
      case ShardState::Phase::unknown:
        status.unknown += left;
        break;
    }
  }
  status.done = std::min(status.done, status.total);
}

std::vector<std::string> tail(const std::filesystem::path& file, std::size_t lines) {
  std::ifstream in(file);
  std::deque<std::string> last;
  for (std::string line; std::getline(in, line);) {
    last.push_back(line);
    if (last.size() > lines) last.pop_front();
  }
  return {last.begin(), last.end()};
}

std::string point_of(const std::vector<std::string>& keys, const std::string& visit) {
  std::size_t point = keys.size();
  std::from_chars(visit.data(), visit.data() + visit.size(), point);
  return point < keys.size() ? keys[point] : "";
}

}  // namespace

CampaignStatus campaign_status(const Campaign& campaign) {
  CampaignStatus status;
  status.total = campaign.manifest().visits();
  const Intents intents = read_intents(campaign.folder());
  const Queue queue = ask_schedulers(intents);
  status.answered = queue.answered;
  status.why_not = queue.why_not;
  // Files after the answer: a task that ends in between has said so.
  const std::vector<Attempt> attempts = read_attempts(campaign.folder());
  status.shards = shard_states(intents, attempts, queue);
  count_attempts(attempts, status);
  count_shards(status);
  count_rate(attempts, status);
  const auto ahead = static_cast<double>(status.running + status.waiting);
  status.left = {status.rate > 0 ? ahead / status.rate : kNan};
  return status;
}

std::vector<LostShard> lost_shards(const Campaign& campaign, const CampaignStatus& status,
                                   std::size_t most) {
  constexpr std::size_t kLines = 5;
  const Intents intents = read_intents(campaign.folder());
  std::vector<std::string> keys;
  std::vector<LostShard> lost;
  for (const ShardState& state : status.shards) {
    if (state.phase != ShardState::Phase::lost) continue;
    LostShard shard{state, "", {}, ""};
    if (keys.empty() && !state.visit.empty()) keys = campaign.point_keys();
    if (!state.visit.empty()) shard.point = point_of(keys, state.visit);
    if (const IntendedJob* const job = intents.job_of(state.shard)) {
      const auto file = campaign.log_file(job->tag, state.shard - job->first);
      shard.log_file = file.string();
      shard.log = tail(file, kLines);
    }
    lost.push_back(std::move(shard));
  }
  if (lost.size() > most) lost.erase(lost.begin(), lost.end() - static_cast<std::ptrdiff_t>(most));
  return lost;
}

}  // namespace ergon
