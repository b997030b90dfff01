#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "harness/clock.h"
#include "harness/record/frame.h"
#include "harness/record/provenance.h"
#include "harness/run/desk.h"
#include "harness/run/interrupt.h"
#include "harness/run/loaded_run.h"
#include "harness/run/rank_message.h"
#include "harness/run/rank_setup.h"
#include "harness/run/run_sweep.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// Talks with rank 0 in a thread of its own, so that this rank is heard of while it measures, and
// who waits for an answer sleeps.
class RankLink {
 public:
  explicit RankLink(Comm& comm)
      : comm_(comm), thread_([this](const std::stop_token& stop) { talk(stop); }) {}

  // Gives the answer to `question`.
  RankMessage ask(const RankMessage& question) {
    std::unique_lock lock(mutex_);
    question_ = encode_message(question);
    answer_.reset();
    changed_.notify_all();
    changed_.wait(lock, [this] { return answer_.has_value(); });
    return std::move(*answer_);
  }

  [[nodiscard]] bool told_to_end() const { return told_to_end_; }

 private:
  void talk(const std::stop_token& stop);
  void listen();
  void expect_heard(std::int64_t now_ns) const;
  [[nodiscard]] std::chrono::nanoseconds pause() const;

  Comm& comm_;  // the thread's own while it runs
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<std::vector<std::byte>> question_;  // to be sent
  std::optional<RankMessage> answer_;
  bool waits_ = false;  // for an answer
  std::int64_t asked_ns_ = 0;
  std::int64_t heard_ns_ = steady_clock().now_ns();
  bool heard_ = false;
  std::atomic<bool> told_to_end_ = false;
  std::jthread thread_;  // last: ends before what it uses
};

void RankLink::talk(const std::stop_token& stop) {
  const std::vector<std::byte> beat = encode_message({.what = "beat"});
  std::int64_t beat_ns = 0;
  try {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      const std::int64_t now_ns = steady_clock().now_ns();
      if (question_) {
        comm_.send(0, *question_);
        question_.reset();
        waits_ = true;
        asked_ns_ = now_ns;
      }
      if (now_ns - beat_ns >= kBeatNs) {
        comm_.send(0, beat);
        beat_ns = now_ns;
      }
      listen();
      expect_heard(now_ns);
      changed_.wait_for(lock, stop, pause(), [this] { return question_.has_value(); });
    }
  } catch (const std::exception& error) {
    comm_.abort(error.what());
  }
}

void RankLink::listen() {
  while (const auto message = comm_.receive()) {
    RankMessage said = decode_message(message->bytes);
    heard_ns_ = steady_clock().now_ns();
    heard_ = true;
    if (said.ends) told_to_end_ = true;
    if (said.what == "beat") continue;
    answer_ = std::move(said);
    waits_ = false;
    changed_.notify_all();
  }
}

// Before its first answer rank 0 reads what it resumes.
void RankLink::expect_heard(std::int64_t now_ns) const {
  const std::int64_t silence_max_ns = heard_ ? kSilenceMaxNs : 20 * kSilenceMaxNs;
  if (now_ns - heard_ns_ <= silence_max_ns) return;
  throw Error(fmt::format("rank 0 on {} has not answered for {} s: it died or hangs",
                          comm_.places().host_of[0], silence_max_ns / 1'000'000'000));
}

// Answers come within a millisecond, turns after minutes; while this rank measures there are beats.
std::chrono::nanoseconds RankLink::pause() const {
  constexpr std::int64_t kMinNs = 500'000, kMaxNs = 20'000'000, kMeasuringNs = 1'000'000'000;
  if (!waits_) return std::chrono::nanoseconds(kMeasuringNs);
  const std::int64_t waited_ns = steady_clock().now_ns() - asked_ns_;
  return std::chrono::nanoseconds(std::clamp(waited_ns / 10, kMinNs, kMaxNs));
}

// Its visits are rank 0's, and what it keeps rank 0 has written when the call returns.
class RankDesk final : public Desk {
 public:
  RankDesk(RankLink& link, const InterruptGuard& interrupt) : link_(link), interrupt_(interrupt) {}

  std::optional<Visit> next() override {
    const RankMessage said = link_.ask({.what = "next"});
    if (said.what == "none") return std::nullopt;
    points_.push_back(point_from_key(said.texts.at(0)));
    return Visit{static_cast<std::uint32_t>(points_.size() - 1),
                 static_cast<int>(said.numbers.at(0))};
  }
  [[nodiscard]] const Point& point(const Visit& visit) const override {
    return points_[visit.point];
  }
  bool pass_turn() override { return link_.ask({.what = "pass"}).numbers.at(0) != 0; }
  void begin(const RunInfo& run, const std::vector<std::string>& /*closed*/) override {
    hand_in(encode_frame(run), false);
  }
  void keep(IdleStretch stretch) override {
    stretch.run = 0;
    hand_in(encode_frame(stretch), false);
  }
  void keep(SamplingCost cost) override {
    hand_in(encode_frame(RunSampling{.run = 0, .cost = std::move(cost)}), false);
  }
  void keep(Record record, bool again) override {
    record.run = 0;
    hand_in(encode_frame(record), again);
  }
  [[nodiscard]] bool ends() const override {
    return interrupt_.interrupted() || link_.told_to_end();
  }

 private:
  void hand_in(std::vector<std::byte> frame, bool again) {
    static_cast<void>(
        link_.ask({.what = "keep", .numbers = {again ? 1 : 0}, .frames = {std::move(frame)}}));
  }

  RankLink& link_;
  const InterruptGuard& interrupt_;
  std::deque<Point> points_;
};

}  // namespace

void serve_sweep(Comm& comm, const std::filesystem::path& root, bool loaded) {
  if (loaded) return serve_loaded(comm, root);
  const InterruptGuard interrupt;
  RankLink link(comm);
  RankDesk desk(link, interrupt);
  const RankSetup setup =
      read_setup(link.ask({.what = "hello", .texts = {kernels_hash(), build_hash()}}));
  BlockTally tally;
  if (setup.anything_left) {
    const std::unique_ptr<Device> device = open_cpu();
    static_cast<void>(link.ask({.what = "turn"}));
    const PartSetup own{
        .conditions = setup.conditions,
        .sentinels = setup.sentinels,
        .threads_most = setup.threads_most,
        .root = root,
        .command_line = "",
        .unmetered = refusal_of_sharers(comm.places(), comm.rank(), setup.share),
        .unmetered_of_all = true,
        .facts_name = "ranks",
        .facts = rank_facts(comm.places(), comm.rank(), "independent", setup.share)};
    tally = run_part(own, *device, desk);
  }
  static_cast<void>(link.ask({.what = "leave",
                              .numbers = {tally.blocks, tally.again, tally.rejected},
                              .ends = interrupt.interrupted()}));
}

}  // namespace ergon
