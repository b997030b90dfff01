#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "harness/comm/clock_offset.h"
#include "harness/comm/comm.h"
#include "harness/run/rank_message.h"
#include "harness/units.h"
#include "kernels/error.h"

namespace ergon {

// A rank was waited for too long: it died or hangs, and nothing can go on.
class LostRank : public Error {
 public:
  using Error::Error;
};

// Ranks that do the same thing at the same time: rank 0 says what, the others answer. While a rank
// waits it does `meanwhile` again and again: runs its load; nothing given, it sleeps, 10 ms at a
// time where it waits for long. Whoever is waited for longer than `patience` is lost.
class Assembly {
 public:
  // Borrows the comm for its life.
  Assembly(Comm& comm, Seconds patience) : comm_(comm), patience_(patience) {}

  [[nodiscard]] int size() const { return comm_.size(); }
  [[nodiscard]] int rank() const { return comm_.rank(); }
  [[nodiscard]] const RankPlaces& places() const { return comm_.places(); }
  // Longer than anything takes that one command asks for.
  void set_patience(Seconds patience) { patience_ = patience; }

  // Rank 0: the next command, to each of the others what `command` gives for it.
  void tell(const std::function<RankMessage(int rank)>& command);
  void tell_all(const RankMessage& command);
  // Rank 0: the answer of each of the others, by rank less one, to the last command. Throws Error
  // with the reason of a rank that answered that it failed, once all have answered.
  [[nodiscard]] std::vector<RankMessage> gather(const std::function<void()>& meanwhile = {});
  // Rank 0: asks a rank for the time, many times. Both ranks spin meanwhile.
  [[nodiscard]] ClockOffset ask_clock(int rank);

  // The others: the next command; answer() is to it. Questions for the time are answered within.
  [[nodiscard]] RankMessage listen(const std::function<void()>& meanwhile = {});
  void answer(RankMessage message);

  // A signal came to a rank, and it said so.
  [[nodiscard]] bool told_to_end() const { return told_to_end_; }

 private:
  [[nodiscard]] RankMessage wait_for(int from, const std::function<void()>& meanwhile);
  [[nodiscard]] RankMessage spin_for(int from);
  void take_in();
  void answer_clock();

  Comm& comm_;
  Seconds patience_;
  std::vector<std::deque<RankMessage>> came_ =
      std::vector<std::deque<RankMessage>>(static_cast<std::size_t>(comm_.size()));  // by rank
  std::int64_t command_ = 0;  // the number of the last; stands first in RankMessage::numbers
  bool told_to_end_ = false;
};

// What `answer()` says where this rank could not do it.
[[nodiscard]] RankMessage failed_message(const std::string& reason);

}  // namespace ergon
