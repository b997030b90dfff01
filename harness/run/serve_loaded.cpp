#include <exception>

#include "harness/record/frame.h"
#include "harness/record/provenance.h"
#include "harness/run/assembly.h"
#include "harness/run/interrupt.h"
#include "harness/run/loaded_rank.h"
#include "harness/run/loaded_run.h"
#include "harness/run/rank_setup.h"

namespace ergon {
namespace {

// Until rank 0 says how long points may take.
constexpr Seconds kPatience{600};

// Does what rank 0 says, and gives the answer.
class LoadedServant {
 public:
  explicit LoadedServant(LoadedRank& rank) : rank_(rank) {}

  RankMessage act(const RankMessage& command);
  [[nodiscard]] bool loads() const { return loads_; }
  void drop() {
    loads_ = false;
    rank_.drop();
  }

 private:
  RankMessage with_record(RankMessage answer) const {
    answer.frames = {encode_frame(record_)};
    return answer;
  }
  RankMessage with_window(Window window) const {
    Record record;
    record.point = record_.point;
    record.windows = {std::move(window)};
    return {.what = "window", .frames = {encode_frame(record)}};
  }
  RankMessage with_idle() {
    RankMessage answer{.what = "idle"};
    if (!rank_.leads()) return answer;
    for (const IdleStretch& stretch : rank_.idle()) answer.frames.push_back(encode_frame(stretch));
    return answer;
  }

  LoadedRank& rank_;
  Record record_;
  bool loads_ = false;
};

RankMessage LoadedServant::act(const RankMessage& command) {
  const std::vector<std::int64_t>& numbers = command.numbers;
  if (command.what == "prepare") {
    record_ = rank_.prepare(point_from_key(command.texts.at(0)));
    return with_record({.what = "prepared"});
  }
  if (command.what == "time") {
    const Seconds waited = rank_.time(numbers.at(0), record_);
    return with_record({.what = "timed", .values = {waited.value}});
  }
  if (command.what == "load") {
    record_.settling =
        rank_.begin_load(numbers.at(0), numbers.at(1), Seconds{command.values.at(0)});
    loads_ = true;
    return with_record({.what = "settled"});
  }
  if (command.what == "window") {
    rank_.mark();
    if (!rank_.leads()) return {.what = "runs"};
    return with_window(rank_.measure_window(numbers.at(0), Seconds{command.values.at(0)},
                                            Seconds{command.values.at(1)}));
  }
  if (command.what == "count") return with_window(rank_.count(numbers.at(0), numbers.at(1)));
  if (command.what == "idle") return with_idle();
  if (command.what == "cost") {
    return {.what = "cost", .frames = {encode_frame(RunSampling{.run = 0, .cost = rank_.cost()})}};
  }
  drop();
  return {.what = "dropped"};
}

}  // namespace

void serve_loaded(Comm& comm, const std::filesystem::path& root) {
  const InterruptGuard interrupt;
  Assembly assembly(comm, kPatience);
  const RankMessage first = assembly.listen();
  if (first.what == "end") return;  // nothing is left to measure
  const RankSetup told = read_setup(first);
  const std::unique_ptr<Device> device = open_cpu();
  const RankPlaces& places = comm.places();
  const PartSetup setup{.conditions = told.conditions,
                        .threads_most = told.threads_most,
                        .root = root,
                        .facts_name = "ranks",
                        .facts = rank_facts(places, comm.rank(), "loaded", false)};
  const int node = places.node_of[static_cast<std::size_t>(comm.rank())];
  LoadedRank rank(setup, *device, places.leader_of(node) == comm.rank());
  LoadedServant servant(rank);
  assembly.answer({.what = "ready",
                   .texts = {kernels_hash(), build_hash()},
                   .frames = {encode_frame(rank.run())}});
  for (;;) {
    const RankMessage command =
        servant.loads() ? assembly.listen([&] { rank.keep_running(); }) : assembly.listen();
    if (command.what == "end") return;
    RankMessage answer;
    try {
      answer = servant.act(command);
    } catch (const std::exception& error) {
      servant.drop();
      answer = failed_message(error.what());
    }
    answer.ends = interrupt.interrupted();
    assembly.answer(std::move(answer));
  }
}

}  // namespace ergon
