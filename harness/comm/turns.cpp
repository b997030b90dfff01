#include "harness/comm/turns.h"

#include <algorithm>

#include "kernels/error.h"

namespace ergon {

Turns::Turns(std::vector<int> node_of) : node_of_(std::move(node_of)) {
  int nodes = 0;
  for (const int node : node_of_) nodes = std::max(nodes, node + 1);
  lines_.resize(static_cast<std::size_t>(nodes));
}

std::deque<int>& Turns::line_of(int rank) {
  return lines_[static_cast<std::size_t>(node_of_[static_cast<std::size_t>(rank)])];
}

bool Turns::ask(int rank) {
  std::deque<int>& line = line_of(rank);
  ERGON_ASSERT(std::ranges::find(line, rank) == line.end());
  line.push_back(rank);
  return line.front() == rank;
}

std::optional<int> Turns::pass(int rank) {
  std::deque<int>& line = line_of(rank);
  ERGON_ASSERT(!line.empty() && line.front() == rank);
  if (line.size() == 1) return std::nullopt;
  line.pop_front();
  line.push_back(rank);
  return line.front();
}

std::optional<int> Turns::leave(int rank) {
  std::deque<int>& line = line_of(rank);
  const bool had_turn = !line.empty() && line.front() == rank;
  std::erase(line, rank);
  if (!had_turn || line.empty()) return std::nullopt;
  return line.front();
}

}  // namespace ergon
