#include <mpi.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <map>

#include "harness/comm/comm.h"
#include "harness/comm/rank_check.h"
#include "kernels/error.h"

namespace ergon {
namespace {

void expect_success(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error(std::string(call) + ": " + text.data() +
              "; another rank may have died; what is committed is kept: run again with --resume");
}

std::string processor_name() {
  std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
  int length = 0;
  expect_success(MPI_Get_processor_name(name.data(), &length), "MPI_Get_processor_name");
  return name.data();
}

// The number of each rank's node, from the lowest rank that shares memory with it.
std::vector<int> find_nodes(int rank, int size) {
  MPI_Comm shared = MPI_COMM_NULL;
  expect_success(
      MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &shared),
      "MPI_Comm_split_type");
  int first = rank;
  expect_success(MPI_Bcast(&first, 1, MPI_INT, 0, shared), "MPI_Bcast");
  MPI_Comm_free(&shared);
  std::vector<int> firsts(static_cast<std::size_t>(size)), nodes;
  expect_success(MPI_Allgather(&first, 1, MPI_INT, firsts.data(), 1, MPI_INT, MPI_COMM_WORLD),
                 "MPI_Allgather");
  std::map<int, int> numbers;
  for (const int each : firsts) numbers.try_emplace(each, 0);
  int next = 0;
  for (auto& [node, number] : numbers) number = next++;
  for (const int each : firsts) nodes.push_back(numbers.at(each));
  return nodes;
}

std::vector<std::string> gather_hosts(int size) {
  std::array<char, MPI_MAX_PROCESSOR_NAME> own{};
  processor_name().copy(own.data(), own.size() - 1);
  std::vector<char> all(own.size() * static_cast<std::size_t>(size));
  const int length = static_cast<int>(own.size());
  expect_success(
      MPI_Allgather(own.data(), length, MPI_CHAR, all.data(), length, MPI_CHAR, MPI_COMM_WORLD),
      "MPI_Allgather");
  std::vector<std::string> hosts;
  for (int i = 0; i < size; ++i) {
    hosts.emplace_back(all.data() + own.size() * static_cast<std::size_t>(i));
  }
  return hosts;
}

class MpiComm final : public Comm {
 public:
  // Of MPI as it runs.
  MpiComm() {
    // Failures come back as codes, to be told with what the reader can do.
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    int size = 0;
    expect_success(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
    expect_success(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size");
    places_.node_of = find_nodes(rank_, size);
    places_.host_of = gather_hosts(size);
  }
  ~MpiComm() override {
    for (Outgoing& out : outgoing_) MPI_Wait(&out.request, MPI_STATUS_IGNORE);
    MPI_Finalize();
  }
  MpiComm(const MpiComm&) = delete;
  MpiComm& operator=(const MpiComm&) = delete;

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] const RankPlaces& places() const override { return places_; }

  void send(int to, std::span<const std::byte> bytes) override {
    sweep_up();
    Outgoing& out = outgoing_.emplace_back();
    out.bytes.assign(bytes.begin(), bytes.end());
    expect_success(MPI_Isend(out.bytes.data(), static_cast<int>(out.bytes.size()), MPI_BYTE, to, 0,
                             MPI_COMM_WORLD, &out.request),
                   "MPI_Isend");
  }

  [[nodiscard]] std::optional<Message> receive() override {
    sweep_up();
    int there = 0, length = 0;
    MPI_Status status;
    expect_success(MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &there, &status), "MPI_Iprobe");
    if (there == 0) return std::nullopt;
    MPI_Get_count(&status, MPI_BYTE, &length);
    Message message{status.MPI_SOURCE, std::vector<std::byte>(static_cast<std::size_t>(length))};
    expect_success(MPI_Recv(message.bytes.data(), length, MPI_BYTE, message.from, 0, MPI_COMM_WORLD,
                            MPI_STATUS_IGNORE),
                   "MPI_Recv");
    return message;
  }

  [[noreturn]] void abort(const std::string& why) override {
    const std::string& host = places_.host_of.empty() ? "" : places_.host_of[rank_];
    std::fflush(stdout);
    std::fprintf(stderr, "ergon: rank %d on %s: %s\n", rank_, host.c_str(), why.c_str());
    std::fflush(stderr);
    MPI_Abort(MPI_COMM_WORLD, 2);
    std::_Exit(2);
  }

 private:
  struct Outgoing {
    std::vector<std::byte> bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  // Forgets what has been sent.
  void sweep_up() {
    std::erase_if(outgoing_, [](Outgoing& out) {
      int done = 0;
      expect_success(MPI_Test(&out.request, &done, MPI_STATUS_IGNORE), "MPI_Test");
      return done != 0;
    });
  }

  int rank_ = 0;
  RankPlaces places_;
  std::list<Outgoing> outgoing_;
};

}  // namespace

std::unique_ptr<Comm> start_comm() {
  // MPI sets variables of its own when it starts, so they are looked at before.
  std::map<std::string, std::string> before;
  for (const char* name :
       {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"}) {
    if (const char* const value = std::getenv(name)) before[name] = value;
  }
  int provided = 0;
  // One thread at a time, but not always the same: a rank that measures is served by another.
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS ||
      provided < MPI_THREAD_SERIALIZED) {
    throw Error("run: MPI does not start with threads that take turns in calling it");
  }
  auto comm = std::make_unique<MpiComm>();
  const std::string wrong = wrong_world(comm->size(), [&](const char* name) {
    const auto found = before.find(name);
    return found == before.end() ? nullptr : found->second.c_str();
  });
  if (!wrong.empty()) comm->abort(wrong);
  return comm;
}

}  // namespace ergon
