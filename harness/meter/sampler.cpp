#include "harness/meter/sampler.h"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>

#include "harness/meter/edge_finder.h"
#include "kernels/cpu/team.h"

namespace ergon {
namespace {

constexpr SamplingPeriods kPeriodsFree{.power = {0.005}, .energy = {0.1}};
constexpr SamplingPeriods kPeriodsShared{.power = {0.1}};

double cpu_seconds(std::thread::native_handle_type thread) {
  clockid_t clock{};
  timespec time{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Edges are the moments they are asked from: there is nothing to read.
class EmptySampler final : public Sampler {
 public:
  std::span<const Channel> channels() const override { return {}; }
  int primary() const override { return -1; }
  void request_edge(std::int64_t from_ns) override {
    if (requested_) return;
    requested_ = true;
    time_ns_ = std::max(from_ns, steady_clock().now_ns());
  }
  bool take_edge(Edge& edge) override {
    if (!requested_ || steady_clock().now_ns() < time_ns_) return false;
    requested_ = false;
    edge = Edge{};
    edge.time_ns = time_ns_;
    return true;
  }

 private:
  bool requested_ = false;
  std::int64_t time_ns_ = 0;
};

class ThreadSampler final : public Sampler {
 public:
  ThreadSampler(std::vector<std::unique_ptr<Meter>> meters, int free_cpu,
                const SamplingPeriods& periods, std::string_view primary)
      : finder_(std::move(meters), periods, primary),
        found_(finder_.edge()),
        totals_(finder_.channels().size()),
        begin_ns_(steady_clock().now_ns()),
        thread_([this, free_cpu](const std::stop_token& stop) {
          stay_on(free_cpu);
          sample(stop);
        }) {}

  std::span<const Channel> channels() const override { return finder_.channels(); }
  int primary() const override { return finder_.primary(); }

  void request_edge(std::int64_t from_ns) override {
    {
      const std::lock_guard lock(mutex_);
      if (requested_ || ready_.load()) return;
      requested_ = true;
      from_ns_ = from_ns;
    }
    wake_.notify_one();
  }

  bool take_edge(Edge& edge) override {
    // Looked at between launches: costs one load until the edge is there.
    if (!ready_.load(std::memory_order_acquire)) return false;
    const std::lock_guard lock(mutex_);
    edge = found_;
    ready_.store(false, std::memory_order_relaxed);
    return true;
  }

  SamplingCost cost() override {
    SamplingCost cost;
    cost.cpu = Seconds{cpu_seconds(thread_.native_handle())};
    cost.elapsed = Seconds{static_cast<double>(steady_clock().now_ns() - begin_ns_) * 1e-9};
    const std::lock_guard lock(mutex_);
    cost.channels = totals_;
    return cost;
  }

 private:
  using Time = std::chrono::steady_clock::time_point;

  static void stay_on(int cpu) {
    // The default slack of 50 us is as long as the time between looks at a 1 ms counter.
    prctl(PR_SET_TIMERSLACK, 1);
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu >= 0) CPU_SET(static_cast<std::size_t>(cpu), &set);
    // A thread inherits the one CPU that its starter may be pinned to.
    for (const int any : process_cpus()) {
      if (cpu < 0) CPU_SET(static_cast<std::size_t>(any), &set);
    }
    pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
  }

  void sample(const std::stop_token& stop) {
    Clock& clock = steady_clock();
    while (!stop.stop_requested()) {
      if (finder_.step(clock)) publish();
      if (finder_.seeking()) {
        wait_for_look(stop, clock);
      } else {
        wait_for_work(stop, clock);
      }
    }
  }

  // An edge may be asked for long before: that wait has to end with the thread.
  void wait_for_look(const std::stop_token& stop, Clock& clock) {
    constexpr std::int64_t kFarNs = 10'000'000;
    const std::int64_t due_ns = finder_.next_ns();
    if (due_ns - clock.now_ns() <= kFarNs) return clock.wait_until(due_ns);
    std::unique_lock lock(mutex_);
    const Time due{std::chrono::nanoseconds(due_ns - kFarNs / 2)};
    wake_.wait_until(lock, stop, due, [] { return false; });
  }

  void wait_for_work(const std::stop_token& stop, Clock& clock) {
    std::unique_lock lock(mutex_);
    const Time due{std::chrono::nanoseconds(finder_.next_ns())};
    if (wake_.wait_until(lock, stop, due, [this] { return requested_; })) {
      finder_.seek(std::max(from_ns_, clock.now_ns()));
    }
  }

  void publish() {
    const std::lock_guard lock(mutex_);
    found_ = finder_.edge();  // same sizes: copies without allocating
    finder_.copy_totals(totals_);
    requested_ = false;
    ready_.store(true, std::memory_order_release);
  }

  EdgeFinder finder_;  // the thread's own once it runs, but for its channels
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool requested_ = false;
  std::int64_t from_ns_ = 0;  // of the edge requested
  std::atomic<bool> ready_ = false;
  Edge found_;
  std::vector<ChannelTotals> totals_;  // as of that edge
  std::int64_t begin_ns_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace

std::unique_ptr<Sampler> start_sampler(std::vector<std::unique_ptr<Meter>> meters, int free_cpu,
                                       std::string_view primary) {
  return start_sampler(std::move(meters), free_cpu, free_cpu >= 0 ? kPeriodsFree : kPeriodsShared,
                       primary);
}

std::unique_ptr<Sampler> start_sampler(std::vector<std::unique_ptr<Meter>> meters, int free_cpu,
                                       const SamplingPeriods& periods, std::string_view primary) {
  const bool empty = std::all_of(meters.begin(), meters.end(),
                                 [](const auto& meter) { return meter->channels().empty(); });
  if (empty) return std::make_unique<EmptySampler>();
  return std::make_unique<ThreadSampler>(std::move(meters), free_cpu, periods, primary);
}

}  // namespace ergon
