#include "kernels/cpu/team.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "kernels/cpu/relax.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// A fork is one cache line that the caller writes and every other member reads, a join one line a
// member that it writes and the caller reads: two journeys of a line between cores. OpenMP's
// regions take three to four times as many.
constexpr std::size_t kLine = 128;  // two lines: processors fetch them in pairs

// About a millisecond, which a launch that is waited for anyhow gains from and an idle machine
// loses little by: a pause takes 26 ns on Zen 4 (measured: 92 cycles) and up to 140 cycles on
// Skylake (Intel 64 and IA-32 Architectures Optimization Reference Manual).
constexpr int kSpins = 1 << 15;
// With more members than CPUs who spins keeps from work whom it waits for.
constexpr int kSpinsCrowded = 16;

using Count = std::atomic<std::uint32_t>;

// Returns when `count` is no longer `old`: spinning at first, then asleep.
void wait_while(const Count& count, std::uint32_t old, int spins) {
  for (int i = 0; i < spins; ++i) {
    if (count.load(std::memory_order_acquire) != old) return;
    relax();
  }
  count.wait(old, std::memory_order_acquire);
}

struct alignas(kLine) Fork {
  Count number = 0;                                         // of regions so far
  void (*body)(int thread, const void* context) = nullptr;  // null: the member ends
  const void* context = nullptr;
};

struct alignas(kLine) Join {
  Count number = 0;  // of the last region that this member has left
};

class Team {
 public:
  explicit Team(int threads)
      : spins_(static_cast<std::size_t>(threads) > process_cpus().size() ? kSpinsCrowded : kSpins),
        joins_(static_cast<std::size_t>(threads) - 1) {
    become_member(0);
    try {
      for (int member = 1; member < threads; ++member) {
        members_.emplace_back([this, member] { follow(member); });
      }
    } catch (const std::system_error& error) {
      dismiss();
      throw Error("kernels/cpu/team: no thread " + std::to_string(members_.size() + 1) + " of " +
                  std::to_string(threads) + ": " + error.what() + "; ask for fewer threads");
    }
    // What starting takes, memory and a CPU, belongs to no launch.
    run([](int /*thread*/, const void* /*context*/) {}, nullptr);
  }
  ~Team() { dismiss(); }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  [[nodiscard]] int size() const { return static_cast<int>(members_.size()) + 1; }

  void run(void (*body)(int thread, const void* context), const void* context) {
    const std::uint32_t number = fork(body, context);
    body(0, context);
    for (Join& join : joins_) {
      if (join.number.load(std::memory_order_acquire) != number) {
        wait_while(join.number, number - 1, spins_);
      }
    }
  }

 private:
  std::uint32_t fork(void (*body)(int thread, const void* context), const void* context) {
    fork_.body = body;
    fork_.context = context;
    const std::uint32_t number = fork_.number.load(std::memory_order_relaxed) + 1;
    fork_.number.store(number);
    fork_.number.notify_all();  // no system call where nobody sleeps
    return number;
  }

  void follow(int member) {
    become_member(member);
    Count& left = joins_[static_cast<std::size_t>(member) - 1].number;
    for (std::uint32_t number = 0;; ++number) {
      wait_while(fork_.number, number, spins_);
      if (fork_.body == nullptr) return;
      fork_.body(member, fork_.context);
      left.store(number + 1);
      left.notify_one();
    }
  }

  void dismiss() {
    fork(nullptr, nullptr);
    for (std::thread& member : members_) member.join();
  }

  int spins_;
  Fork fork_;
  std::vector<Join> joins_;
  std::vector<std::thread> members_;
};

// A team belongs to the thread that made it and ends with that.
thread_local std::unique_ptr<Team> owned_team;
thread_local Team* team = nullptr;  // the same, without a look whether it has been made

void form_team(int threads) {
  team = nullptr;
  owned_team.reset();
  owned_team = std::make_unique<Team>(threads);
  team = owned_team.get();
}

}  // namespace

void prepare_team(int threads) {
  ERGON_ASSERT(threads >= 1);
  if (team == nullptr || threads != team->size()) form_team(threads);
}

void parallel(int threads, void (*body)(int thread, const void* context), const void* context) {
  prepare_team(threads);
  if (threads == 1) {
    body(0, context);
  } else {
    team->run(body, context);
  }
}

Share share(std::int64_t count, std::int64_t multiple, int threads, int thread) {
  const std::int64_t units = (count + multiple - 1) / multiple;
  const std::int64_t begin = units * thread / threads * multiple;
  const std::int64_t end = units * (thread + 1) / threads * multiple;
  return {std::min(begin, count), std::min(end, count)};
}

}  // namespace ergon
