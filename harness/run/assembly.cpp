#include "harness/run/assembly.h"

#include <algorithm>

#include <fmt/format.h>

#include "harness/clock.h"
#include "harness/run/edge_timing.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// A question takes microseconds within a node and some tens between nodes; the quickest counts.
constexpr int kClockQuestions = 20;

void send(Comm& comm, int to, RankMessage message, std::int64_t command) {
  message.numbers.insert(message.numbers.begin(), command);
  comm.send(to, encode_message(message));
}

// Shortly where an answer is about to come, and so long that it does not show in idle power.
void doze(std::int64_t began_ns) {
  constexpr std::int64_t kMinNs = 200'000, kMaxNs = 10'000'000;
  Clock& clock = steady_clock();
  const std::int64_t now_ns = clock.now_ns();
  clock.wait_until(now_ns + std::clamp((now_ns - began_ns) / 10, kMinNs, kMaxNs));
}

std::int64_t take_number(RankMessage& message) {
  const std::int64_t number = message.numbers.at(0);
  message.numbers.erase(message.numbers.begin());
  return number;
}

}  // namespace

void Assembly::take_in() {
  while (const auto message = comm_.receive()) {
    came_[static_cast<std::size_t>(message->from)].push_back(decode_message(message->bytes));
  }
}

RankMessage Assembly::wait_for(int from, const std::function<void()>& meanwhile) {
  std::deque<RankMessage>& came = came_[static_cast<std::size_t>(from)];
  const std::int64_t begin_ns = steady_clock().now_ns();
  for (take_in(); came.empty(); take_in()) {
    if (meanwhile) {
      meanwhile();
    } else {
      doze(begin_ns);
    }
    if (steady_clock().now_ns() - begin_ns < nanoseconds(patience_)) continue;
    throw LostRank(fmt::format(
        "rank {} on {} has not been heard of for {:.0f} s: it died or hangs; what is committed is "
        "kept: run again with --resume",
        from, places().host_of[static_cast<std::size_t>(from)], patience_.value));
  }
  RankMessage message = std::move(came.front());
  came.pop_front();
  return message;
}

RankMessage Assembly::spin_for(int from) {
  return wait_for(from, [] {});
}

void Assembly::tell(const std::function<RankMessage(int rank)>& command) {
  ++command_;
  for (int rank = 1; rank < size(); ++rank) send(comm_, rank, command(rank), command_);
}

void Assembly::tell_all(const RankMessage& command) {
  tell([&](int) { return command; });
}

std::vector<RankMessage> Assembly::gather(const std::function<void()>& meanwhile) {
  std::vector<RankMessage> answers;
  std::string failed;
  for (int rank = 1; rank < size(); ++rank) {
    RankMessage answer;
    do {
      answer = wait_for(rank, meanwhile);
      told_to_end_ = told_to_end_ || answer.ends;
      // What answers a command that was given up is late.
    } while (take_number(answer) != command_);
    if (answer.what == "failed" && failed.empty()) {
      failed = fmt::format("rank {} on {}: {}", rank,
                           places().host_of[static_cast<std::size_t>(rank)], answer.texts.at(0));
    }
    answers.push_back(std::move(answer));
  }
  if (!failed.empty()) throw Error(failed);
  return answers;
}

ClockOffset Assembly::ask_clock(int rank) {
  Clock& clock = steady_clock();
  ++command_;
  send(comm_, rank, {.what = "clock"}, command_);
  std::vector<PingPong> questions;
  for (int i = 0; i < kClockQuestions; ++i) {
    PingPong question{.sent_ns = clock.now_ns()};
    send(comm_, rank, {.what = "when"}, command_);
    RankMessage answer;
    do {
      answer = spin_for(rank);
    } while (take_number(answer) != command_);
    question.received_ns = clock.now_ns();
    question.remote_ns = answer.numbers.at(0);
    questions.push_back(question);
  }
  return clock_offset(questions);
}

RankMessage Assembly::listen(const std::function<void()>& meanwhile) {
  for (;;) {
    RankMessage command = wait_for(0, meanwhile);
    command_ = take_number(command);
    if (command.what != "clock") return command;
    answer_clock();
  }
}

void Assembly::answer_clock() {
  for (int i = 0; i < kClockQuestions; ++i) {
    static_cast<void>(spin_for(0));
    answer({.what = "then", .numbers = {steady_clock().now_ns()}});
  }
}

void Assembly::answer(RankMessage message) { send(comm_, 0, std::move(message), command_); }

RankMessage failed_message(const std::string& reason) {
  return {.what = "failed", .texts = {reason}};
}

}  // namespace ergon
