#include "bench/contest_block.h"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <numeric>
#include <utility>

#include "harness/config/plan.h"
#include "harness/run/operands.h"
#include "kernels/cuda/cuda_device.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// What the reference may cost a contender: some 20 ms of plain double-precision loops.
constexpr std::int64_t kCheckFlopsMax = 20'000'000;

// Operands on the device that contenders share, so that no kernel has luckier pages than another.
struct SharedOperands {
  OperandBytes bytes;
  std::vector<std::vector<Buffer>> sets;

  SharedOperands(const Point& point, Device& device)
      : bytes(fill_operands(point.problem, point.fill)) {
    sets.resize(static_cast<std::size_t>(
        count_operand_sets(bytes, point.cold, device.caches(), device.kind())));
    for (std::vector<Buffer>& set : sets) {
      for (const std::vector<std::byte>& operand : bytes.bytes) {
        set.push_back(device.allocate(operand.size(), std::max(1, point.threads)));
        device.upload(set.back(), operand);
      }
    }
  }
};

// A contender bound to operands; launches take the sets in turn.
class Runner {
 public:
  Runner(Contender& contender, SharedOperands& operands, Device& device, Clock& clock)
      : contender_(contender), operands_(operands), device_(device), clock_(clock) {
    const Point& point = contender.point;
    for (const std::vector<Buffer>& set : operands.sets) {
      launches_.push_back(
          point.kernel->bind({point.problem, point.threads, point.weights_packed, set, device}));
    }
  }

  // Holds a launch over an output of NaN against the reference.
  void check() {
    std::vector<std::byte> unwritten(operands_.bytes.bytes.back().size(), std::byte{0xff});
    device_.upload(operands_.sets.front().back(), unwritten);
    next_ = 0;
    launch(1);
    std::vector<std::vector<std::byte>>& bytes = operands_.bytes.bytes;
    device_.download(bytes.back(), operands_.sets.front().back());
    contender_.check =
        check_output(contender_.point.problem, bytes, kCheckFlopsMax, contender_.point.fill.seed);
  }

  // The least of two, so that a preemption does not make a sample short; once where it is long
  // anyway.
  void count_launches(Seconds sample_min) {
    constexpr std::int64_t kLaunchesMax = 1 << 20;
    std::int64_t& count = contender_.launches;
    for (count = 1;;) {
      double elapsed = time(count).value;
      if (elapsed < 20 * sample_min.value) elapsed = std::min(elapsed, time(count).value);
      if (elapsed >= sample_min.value || count >= kLaunchesMax) return;
      const double growth = std::clamp(1.2 * sample_min.value / std::max(elapsed, 1e-9), 1.5, 16.0);
      count = std::min(kLaunchesMax,
                       static_cast<std::int64_t>(static_cast<double>(count) * growth) + 1);
    }
  }

  void take_samples(int block, const BlockProtocol& protocol) {
    record();
    warm();
    double spent = 0;
    int clean = 0;
    for (int taken = 0; clean < protocol.samples && taken < 2 * protocol.samples; ++taken) {
      if (taken >= 2 && spent > protocol.contender_max.value) return;
      const std::int64_t before = involuntary_switches();
      const Seconds elapsed = time(contender_.launches);
      const std::int64_t switches = involuntary_switches() - before;
      contender_.samples.push_back(
          {block, elapsed / static_cast<double>(contender_.launches), switches});
      spent += elapsed.value;
      clean += switches == 0 ? 1 : 0;
    }
  }

 private:
  // On a GPU a sample is recorded and replayed, since a launch alone takes the host some 3 us; of
  // whole rounds of the sets.
  void record() {
    if (device_.kind() != DeviceKind::cuda || contender_.launches < 2) return;
    const std::int64_t sets = std::ssize(launches_);
    contender_.launches = (contender_.launches + sets - 1) / sets * sets;
    std::string why_not;  // then they are launched one by one
    replay_ = cuda_device(device_).record(launches_, contender_.launches, why_not);
  }

  // The contender before left its own data in the caches; some ms fill them again, which a long
  // launch does not notice.
  void warm() {
    constexpr Seconds kLong{0.05};
    const bool is_long =
        !contender_.samples.empty() && contender_.samples.back().per_launch > kLong;
    if (!is_long) launch(contender_.launches / 4 + 1);
  }

  void launch(std::int64_t count) {
    if (replay_ != nullptr && count == contender_.launches) {
      replay_->queue();
      if (const std::string error = replay_->wait_until_left(0); !error.empty()) throw Error(error);
      return;
    }
    for (std::int64_t i = 0; i < count; ++i) {
      launches_[next_]();
      if (++next_ == launches_.size()) next_ = 0;
    }
    if (const std::string error = device_.synchronize(); !error.empty()) throw Error(error);
  }

  Seconds time(std::int64_t count) {
    const std::int64_t begin_ns = clock_.now_ns();
    launch(count);
    return Seconds{static_cast<double>(clock_.now_ns() - begin_ns) * 1e-9};
  }

  Contender& contender_;
  SharedOperands& operands_;
  Device& device_;
  Clock& clock_;
  std::vector<Launch> launches_;
  std::size_t next_ = 0;
  std::unique_ptr<Replay> replay_;  // of one sample
};

// A random order of 0 .. count - 1. Fisher & Yates.
std::vector<std::size_t> random_order(std::size_t count, Random& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.bits() % i]);
  return order;
}

struct Block {
  int number;
  const BlockProtocol& protocol;
  Device& device;
  Clock& clock;
  Seconds sample_min;  // of who counts launches in this block
};

// One that throws has a reason from then on and is asked no more, as one that computes what is
// wrong.
void measure(Contender& contender, SharedOperands& operands, const Block& block) {
  const bool first = block.number == 0;
  if (!contender.refusal.empty() || (!first && contender.is_wrong())) return;
  try {
    Runner runner(contender, operands, block.device, block.clock);
    if (first) runner.check();
    if (contender.is_wrong()) return;
    if (first) runner.count_launches(block.sample_min);
    runner.take_samples(block.number, block.protocol);
  } catch (const std::exception& error) {
    contender.refusal = error.what();
  }
}

// The shortest sample of all contenders; 0 where there are none.
Seconds shortest_sample(const Contest& contest) {
  Seconds shortest{0};
  for (const Contender& contender : contest.contenders) {
    for (const Timing& sample : contender.samples) {
      const Seconds elapsed = static_cast<double>(contender.launches) * sample.per_launch;
      if (shortest.value == 0 || elapsed < shortest) shortest = elapsed;
    }
  }
  return shortest;
}

}  // namespace

std::int64_t involuntary_switches() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

void measure_block(Contest& contest, int block, const BlockProtocol& protocol, Device& device,
                   Clock& clock, Random& random) {
  if (block == 0) {
    for (Contender& contender : contest.contenders) {
      contender.refusal = refusal(contender.point, device.threads_max());
    }
  }
  if (std::ranges::none_of(contest.contenders,
                           [](const Contender& contender) { return contender.refusal.empty(); })) {
    return;
  }
  SharedOperands operands(contest.condition(), device);
  SharedOperands ceiling_operands(contest.ceiling.point, device);
  const std::size_t ceiling = contest.contenders.size();
  std::vector<std::size_t> order = random_order(ceiling + 1, random);
  // At first the ceiling comes last, for its samples to last as long as those of the contenders:
  // where the machine is shared, long samples are disturbed more than short ones.
  if (block == 0) {
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return i != ceiling; });
  }
  // To wait for a GPU takes some 10 us: 0.5 % of this.
  const Seconds sample_min = device.kind() == DeviceKind::cuda
                                 ? std::max(protocol.sample_min, Seconds{2e-3})
                                 : protocol.sample_min;
  Block now{block, protocol, device, clock, sample_min};
  for (const std::size_t i : order) {
    if (i == ceiling) {
      now.sample_min = std::max(now.sample_min, shortest_sample(contest));
      measure(contest.ceiling, ceiling_operands, now);
    } else {
      measure(contest.contenders[i], operands, now);
    }
  }
}

}  // namespace ergon
