#include "bench/contest_result.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "harness/record/student.h"

namespace ergon {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

using BlockLogs = std::map<int, double>;  // logarithm of the time per launch, by block

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Of the samples without a context switch the median; of all, the shortest, since a switch only
// ever adds time.
BlockLogs block_logs(const Contender& contender, bool all) {
  std::map<int, std::vector<double>> times;
  for (const Timing& sample : contender.samples) {
    if (all || sample.switches == 0) times[sample.block].push_back(sample.per_launch.value);
  }
  BlockLogs logs;
  for (const auto& [block, some] : times) {
    logs[block] = std::log(all ? *std::ranges::min_element(some) : median(some));
  }
  return logs;
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? kNan : sum / static_cast<double>(values.size());
}

Seconds mean_time(const BlockLogs& logs) {
  std::vector<double> values;
  for (const auto& [block, log] : logs) values.push_back(log);
  return Seconds{std::exp(mean(values))};
}

// `slow` by `fast` of the blocks that both have.
Ratio paired_ratio(const BlockLogs& slow, const BlockLogs& fast, double factor = 1) {
  std::vector<double> logs;
  for (const auto& [block, log] : slow) {
    const auto other = fast.find(block);
    if (other != fast.end()) logs.push_back(log - other->second + std::log(factor));
  }
  return ratio_over_blocks(logs);
}

// The fastest that took part, of ours or of the peers; null where there is none.
const Contender* fastest(const Contest& contest, bool peers, bool all) {
  const Contender* best = nullptr;
  double best_time = std::numeric_limits<double>::infinity();
  for (const Contender& contender : contest.contenders) {
    if (contender.is_peer() != peers || contender.is_wrong()) continue;
    const double time = mean_time(block_logs(contender, all)).value;
    if (time < best_time) {
      best = &contender;
      best_time = time;
    }
  }
  return best;
}

bool has_few_clean(const Contest& contest) {
  const auto few = [](const Contender& contender) {
    return !contender.samples.empty() && count_clean(contender) < kCleanSamplesMin;
  };
  return few(contest.ceiling) || std::ranges::any_of(contest.contenders, few);
}

double amount(const Contender& contender, bool bytes) {
  const Problem& problem = contender.point.problem;
  const Work work = problem.primitive->work(problem);
  return static_cast<double>(bytes ? work.bytes() : work.flops);
}

}  // namespace

Ratio ratio_over_blocks(std::span<const double> logs) {
  const double center = mean(logs);
  if (logs.size() < 2) return {std::exp(center), kNan, kNan};
  double squares = 0;
  for (const double log : logs) squares += (log - center) * (log - center);
  const auto count = static_cast<double>(logs.size());
  const double half = student_t_975(count - 1) * std::sqrt(squares / (count - 1) / count);
  return {std::exp(center), std::exp(center - half), std::exp(center + half)};
}

Ratio mean_ratio(std::span<const Ratio> ratios, int blocks) {
  double logs = 0, variances = 0, fourths = 0;
  for (const Ratio& ratio : ratios) {
    logs += std::log(ratio.value);
    const double error = std::log(ratio.high / ratio.low) / 2 / student_t_975(blocks - 1);
    variances += error * error;
    fourths += std::pow(error, 4) / (blocks - 1);
  }
  const auto count = static_cast<double>(ratios.size());
  const double center = logs / count;
  const double freedom = fourths > 0 ? variances * variances / fourths : blocks - 1;
  const double half = student_t_975(std::max(1.0, freedom)) * std::sqrt(variances) / count;
  return {std::exp(center), std::exp(center - half), std::exp(center + half)};
}

int count_clean(const Contender& contender) {
  return static_cast<int>(std::ranges::count_if(
      contender.samples, [](const Timing& sample) { return sample.switches == 0; }));
}

ContestResult result_of(const Contest& contest) {
  ContestResult result;
  result.few_clean = has_few_clean(contest);
  const bool all = result.few_clean;
  result.ours = fastest(contest, false, all);
  result.peer = fastest(contest, true, all);
  result.ratio = result.of_ceiling = {kNan, kNan, kNan};
  result.ours_time = result.peer_time = Seconds{kNan};
  const bool bytes = contest.is_of_bytes();
  if (result.peer != nullptr) {
    result.peer_time = mean_time(block_logs(*result.peer, all));
    result.peer_rate = amount(*result.peer, bytes) / result.peer_time.value;
  }
  if (result.ours == nullptr) return result;
  const BlockLogs ours = block_logs(*result.ours, all);
  result.ours_time = mean_time(ours);
  result.rate = amount(*result.ours, bytes) / result.ours_time.value;
  const BlockLogs ceiling = block_logs(contest.ceiling, all);
  result.of_ceiling =
      paired_ratio(ceiling, ours, amount(*result.ours, bytes) / amount(contest.ceiling, bytes));
  if (result.peer != nullptr) result.ratio = paired_ratio(block_logs(*result.peer, all), ours);
  return result;
}

}  // namespace ergon
