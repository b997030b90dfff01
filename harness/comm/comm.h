#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ergon {

// What came from another rank.
struct Message {
  int from = 0;
  std::vector<std::byte> bytes;
};

// The ranks of a job by the nodes they are on: those that share memory, and so meters.
struct RankPlaces {
  std::vector<int> node_of;  // by rank; nodes are numbered in the order of their first ranks
  std::vector<std::string> host_of;  // by rank
  [[nodiscard]] int ranks() const { return static_cast<int>(node_of.size()); }
  [[nodiscard]] int nodes() const;
  // The first rank of a node: the one that reads its meters where all measure at once.
  [[nodiscard]] int leader_of(int node) const;
  [[nodiscard]] int ranks_on(int node) const;
};

// The processes that one `mpirun` or `srun` started, of which this is one. One thread at a time may
// call it. No call waits, so that who has to can sleep and leave the machine idle.
class Comm {
 public:
  virtual ~Comm() = default;
  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual const RankPlaces& places() const = 0;
  [[nodiscard]] int size() const { return places().ranks(); }
  // Messages from one rank to another arrive in order. Returns at once; they go on their way
  // during later calls. Throws Error where MPI fails.
  virtual void send(int to, std::span<const std::byte> bytes) = 0;
  // A message that has come; nothing where there is none. Throws Error where MPI fails.
  [[nodiscard]] virtual std::optional<Message> receive() = 0;
  // Ends the program on all ranks, with exit code 2, after this line on stderr.
  [[noreturn]] virtual void abort(const std::string& why) = 0;
};

// Joins the ranks that this process was started with. Throws Error where this build has no MPI,
// where MPI does not start, and where it sees fewer ranks than were started (rank_check.h). To be
// called once, before other threads are started; its end is the end of MPI, on all ranks.
[[nodiscard]] std::unique_ptr<Comm> start_comm();

}  // namespace ergon
