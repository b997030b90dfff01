#pragma once

#include <deque>
#include <optional>
#include <vector>

namespace ergon {

// Whose turn it is on each node: one rank at a time measures there, in the order in which they
// asked. A rank asks once, and has its turn until it passes or leaves.
class Turns {
 public:
  // By rank, where it is.
  explicit Turns(std::vector<int> node_of);

  // True where the rank has its turn at once; else it waits for it.
  bool ask(int rank);
  // The rank goes behind those that wait; the one whose turn it is now, none where nobody waits:
  // then the rank goes on. Needs its turn to be there.
  std::optional<int> pass(int rank);
  // The rank does not want another turn; the one whose turn it is now. What waits leaves too.
  std::optional<int> leave(int rank);

 private:
  [[nodiscard]] std::deque<int>& line_of(int rank);

  std::vector<int> node_of_;
  std::vector<std::deque<int>> lines_;  // by node; the first has its turn
};

}  // namespace ergon
