#include "harness/run/rank_hub.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <thread>

#include <fmt/format.h>

#include "harness/clock.h"
#include "harness/comm/turns.h"
#include "harness/record/frame.h"
#include "harness/run/rank_setup.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// Each rank measures when it likes where ranks share nodes, and in turn with those of its node
// else.
std::vector<int> lines_of(const RankPlaces& places, bool share) {
  if (!share) return places.node_of;
  std::vector<int> own(places.node_of.size());
  std::iota(own.begin(), own.end(), 0);
  return own;
}

// What is known of each of the other ranks.
struct RankState {
  std::int64_t heard_ns = 0;
  int run = -1;  // of the ledger
  bool left = false;
};

class RankHub {
 public:
  RankHub(const PartSetup& setup, const RunRanks& ranks, Ledger& ledger, const OwnDesk& own)
      : comm_(*ranks.comm),
        setup_(setup_message(setup, ranks.share, ledger.anything_left())),
        ledger_(ledger),
        own_(own),
        turns_(lines_of(comm_.places(), ranks.share)),
        states_(static_cast<std::size_t>(comm_.size()),
                RankState{.heard_ns = steady_clock().now_ns()}) {
    turns_.ask(0);  // before anybody else can
    states_[0].left = true;
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }

  // As Desk::pass_turn, for rank 0.
  bool pass_own_turn() {
    std::unique_lock lock(mutex_);
    const std::optional<int> other = turns_.pass(0);
    if (!other) return false;
    own_turn_ = false;
    granted_.push_back(*other);
    changed_.wait(lock, [this] { return own_turn_; });
    return true;
  }

  void leave() {
    std::unique_lock lock(mutex_);
    if (const auto other = turns_.leave(0)) granted_.push_back(*other);
    changed_.wait(lock, [this] { return std::ranges::all_of(states_, &RankState::left); });
  }

  [[nodiscard]] bool told_to_end() const { return told_to_end_; }

 private:
  void serve(const std::stop_token& stop);
  void handle(const Message& message);
  void answer(int rank, const RankMessage& message);
  void greet(int rank, const RankMessage& message);
  void keep(int rank, const RankMessage& message);
  void grant(int rank, bool others_had_it);
  void part_with(int rank, const RankMessage& message);
  void tell_of_signal();
  void expect_heard() const;
  void reply(int rank, RankMessage message);

  Comm& comm_;  // the thread's own while it runs
  RankMessage setup_;
  Ledger& ledger_;
  const OwnDesk& own_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  Turns turns_;
  std::vector<RankState> states_;
  std::vector<int> granted_;  // whose turn it is now, but who have not been told
  bool own_turn_ = true, told_of_signal_ = false;
  std::atomic<bool> told_to_end_ = false;  // by a rank that a signal came to
  Results foreign_;                        // keeps kernels that this build does not have
  KernelFinder kernels_{foreign_};
  std::jthread thread_;  // last: ends before what it uses
};

void RankHub::serve(const std::stop_token& stop) {
  constexpr std::int64_t kPauseMinNs = 1'000'000, kPauseMaxNs = 10'000'000;
  Clock& clock = steady_clock();
  std::int64_t last_ns = clock.now_ns();
  try {
    while (!stop.stop_requested()) {
      while (const auto message = comm_.receive()) {
        last_ns = clock.now_ns();
        handle(*message);
      }
      {
        const std::lock_guard lock(mutex_);
        for (const int rank : granted_) grant(rank, true);
        granted_.clear();
        tell_of_signal();
        expect_heard();
      }
      const std::int64_t silent_ns = clock.now_ns() - last_ns;
      clock.wait_until(clock.now_ns() + std::clamp(silent_ns / 10, kPauseMinNs, kPauseMaxNs));
    }
  } catch (const std::exception& error) {
    comm_.abort(error.what());
  }
}

void RankHub::handle(const Message& message) {
  const RankMessage said = decode_message(message.bytes);
  const std::lock_guard lock(mutex_);
  states_[static_cast<std::size_t>(message.from)].heard_ns = steady_clock().now_ns();
  answer(message.from, said);
}

void RankHub::answer(int rank, const RankMessage& said) {
  if (said.what == "beat") {
    reply(rank, {.what = "beat"});
  } else if (said.what == "hello") {
    greet(rank, said);
  } else if (said.what == "turn") {
    if (turns_.ask(rank)) grant(rank, false);
  } else if (said.what == "pass") {
    const auto other = turns_.pass(rank);
    grant(other.value_or(rank), other.has_value());
  } else if (said.what == "next") {
    const std::optional<Visit> visit = ledger_.next();
    if (!visit) return reply(rank, {.what = "none"});
    reply(rank, {.what = "visit",
                 .texts = {point_key(ledger_.plan().points[visit->point])},
                 .numbers = {visit->replicate}});
  } else if (said.what == "keep") {
    keep(rank, said);
  } else if (said.what == "leave") {
    part_with(rank, said);
  } else {
    throw Error("rank " + std::to_string(rank) + " said '" + said.what +
                "', which this ergon does not know; all ranks are to run the same one");
  }
}

void RankHub::greet(int rank, const RankMessage& said) {
  expect_same_build(comm_.places(), rank, said);
  reply(rank, setup_);
}

void RankHub::keep(int rank, const RankMessage& said) {
  int& run = states_[static_cast<std::size_t>(rank)].run;
  Frame frame = decode_frame(said.frames.at(0), kernels_);
  if (auto* info = std::get_if<RunInfo>(&frame)) {
    run = ledger_.begin(std::move(*info), {});
  } else if (auto* stretch = std::get_if<IdleStretch>(&frame)) {
    ledger_.keep(run, std::move(*stretch));
  } else if (auto* sampling = std::get_if<RunSampling>(&frame)) {
    ledger_.keep(run, std::move(sampling->cost));
  } else {
    ledger_.keep(run, std::move(std::get<Record>(frame)), said.numbers.at(0) != 0);
  }
  reply(rank, {.what = "kept"});
}

void RankHub::grant(int rank, bool others_had_it) {
  if (rank != 0) return reply(rank, {.what = "turn", .numbers = {others_had_it ? 1 : 0}});
  own_turn_ = true;
  changed_.notify_all();
}

// Nobody is let go before all are done: the end of MPI is a wait that spins.
void RankHub::part_with(int rank, const RankMessage& said) {
  ledger_.add({.blocks = static_cast<int>(said.numbers.at(0)),
               .again = static_cast<int>(said.numbers.at(1)),
               .rejected = static_cast<int>(said.numbers.at(2))});
  if (said.ends) told_to_end_ = true;
  if (const auto other = turns_.leave(rank)) grant(*other, true);
  states_[static_cast<std::size_t>(rank)].left = true;
  changed_.notify_all();
}

// Where a rank died, its launcher ends the others: by a signal first.
void RankHub::tell_of_signal() {
  if (told_of_signal_ || InterruptGuard::last_signal() == 0) return;
  told_of_signal_ = true;
  fmt::print(stderr, "ergon: signal {}: all ranks end after what they measure now; {}\n",
             InterruptGuard::last_signal(), ledger_.committed());
}

void RankHub::expect_heard() const {
  const std::int64_t now_ns = steady_clock().now_ns();
  for (std::size_t rank = 1; rank < states_.size(); ++rank) {
    if (now_ns - states_[rank].heard_ns <= kSilenceMaxNs) continue;
    throw Error(fmt::format(
        "rank {} on {} has not been heard of for {} s: it died or hangs; {}: run again with "
        "--resume",
        rank, comm_.places().host_of[rank], kSilenceMaxNs / 1'000'000'000, ledger_.committed()));
  }
}

void RankHub::reply(int rank, RankMessage message) {
  message.ends = told_to_end_ || own_.ends();
  comm_.send(rank, encode_message(message));
}

// Rank 0's own desk, whose turns are granted among others'.
class HubDesk final : public Desk {
 public:
  HubDesk(RankHub& hub, OwnDesk& own) : hub_(hub), own_(own) {}

  std::optional<Visit> next() override { return own_.next(); }
  [[nodiscard]] const Point& point(const Visit& visit) const override { return own_.point(visit); }
  void begins(const Visit& visit) override { own_.begins(visit); }
  bool pass_turn() override { return hub_.pass_own_turn(); }
  void begin(const RunInfo& run, const std::vector<std::string>& closed) override {
    own_.begin(run, closed);
  }
  void keep(IdleStretch stretch) override { own_.keep(std::move(stretch)); }
  void keep(SamplingCost cost) override { own_.keep(std::move(cost)); }
  void keep(Record record, bool again) override { own_.keep(std::move(record), again); }
  [[nodiscard]] bool ends() const override { return hub_.told_to_end() || own_.ends(); }

 private:
  RankHub& hub_;
  OwnDesk& own_;
};

}  // namespace

void measure_on_ranks(const PartSetup& setup, Device& device, const RunRanks& ranks, Ledger& ledger,
                      OwnDesk& desk) {
  PartSetup own = setup;
  const RankPlaces& places = ranks.comm->places();
  own.facts_name = "ranks";
  own.facts = rank_facts(places, 0, "independent", ranks.share);
  own.unmetered = refusal_of_sharers(places, 0, ranks.share);
  own.unmetered_of_all = true;
  {
    RankHub hub(setup, ranks, ledger, desk);
    HubDesk hub_desk(hub, desk);
    if (ledger.anything_left()) ledger.add(run_part(own, device, hub_desk));
    hub.leave();
  }
  const std::vector<std::byte> bye = encode_message({.what = "bye"});
  for (int rank = 1; rank < places.ranks(); ++rank) ranks.comm->send(rank, bye);
}

}  // namespace ergon
