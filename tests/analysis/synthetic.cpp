#include "tests/analysis/synthetic.h"

#include <algorithm>
#include <list>

#include "kernels/error.h"

namespace ergon {

namespace {

// Kernels by name: a fit needs their names only, and a test must not depend on which are built.
const Kernel* kernel_of(const Primitive& primitive, std::string_view name) {
  static std::list<std::pair<std::string, Kernel>> made;
  const std::string id = std::string(primitive.name) + "/" + std::string(name);
  for (const auto& [known, kernel] : made) {
    if (known == id) return &kernel;
  }
  auto& [text, kernel] = made.emplace_back(id, Kernel{});
  kernel.primitive = primitive.name.data();
  kernel.name = std::string_view(text).substr(primitive.name.size() + 1);
  return &kernel;
}

}  // namespace

Problem make_problem(std::string_view primitive, const Extents& extents, const Choices& choices) {
  Problem problem;
  problem.primitive = primitive::named(primitive);
  ERGON_ASSERT(problem.primitive != nullptr);
  for (const std::string_view axis : problem.primitive->axes) {
    problem.extents.push_back(extents.at(std::string(axis)));
  }
  for (const ergon::Option& option : problem.primitive->options) {
    const auto chosen = choices.find(std::string(option.name));
    const auto at = chosen == choices.end() ? option.values.begin()
                                            : std::ranges::find(option.values, chosen->second);
    problem.choices.push_back(static_cast<std::uint8_t>(at - option.values.begin()));
  }
  return problem;
}

SyntheticFile::SyntheticFile(std::uint64_t seed, Source source) : random_(seed) {
  RunInfo run;
  run.id = "run-" + std::to_string(seed);
  run.sweep_name = "synthetic";
  run.device = "Made CPU";
  run.started_utc = "2024-01-01T00:00:00Z";
  run.primary_channel = 0;
  Channel channel;
  channel.name = "made/package-0";
  channel.domain = "package";
  channel.source = source;
  run.channels.push_back(channel);
  run.provenance =
      R"({"device": {"caches": [{"name": "L1", "bytes_each": 32768, "instances": 2},
                                {"name": "L2", "bytes_each": 1048576, "instances": 2}]}})";
  results.runs.push_back(run);
}

Record& SyntheticFile::add(std::string_view kernel, Problem problem, const Truth& truth,
                           Noise noise) {
  const Work work = problem.primitive->work(problem);
  const auto flops = static_cast<double>(work.flops);
  const auto bytes = static_cast<double>(work.bytes());
  double time =
      problem.primitive->name == "idle"
          ? 1e-6 * static_cast<double>(problem.extents[0])
          : truth.launch_s + truth.seconds_per_flop * flops + truth.seconds_per_byte * bytes;
  time *= 1 + noise.slowdown_max * random_.uniform();
  double energy =
      truth.static_w * time + truth.joules_per_flop * flops + truth.joules_per_byte * bytes;
  energy *= 1 + noise.energy * random_.normal();
  Record record;
  record.point.kernel = kernel_of(*problem.primitive, kernel);
  record.point.problem = std::move(problem);
  record.order = static_cast<std::int64_t>(results.records.size());
  record.run_status = RunStatus::ok;
  record.check_status = CheckStatus::passed;
  record.energy_status = EnergyStatus::measured;
  record.times = {Seconds{time}};
  for (int w = 0; w < 2; ++w) {
    Window window;
    window.launches = 1e9 / (1e9 * time);  // one second
    window.begin_ns = 2'000'000'000 * (2 * record.order + w);
    window.end_ns = window.begin_ns + 1'000'000'000;
    window.energy.push_back(ChannelEnergy{.gross = Joules{energy * window.launches}});
    record.windows.push_back(window);
  }
  return results.records.emplace_back(std::move(record));
}

void SyntheticFile::add_probes(double noise, double launch_s) {
  const auto add_probe = [&](std::string_view kernel, Problem problem, Truth truth) {
    truth.launch_s = launch_s;
    add(kernel, std::move(problem), truth, {.energy = noise});
  };
  for (const std::int64_t us : {100, 200, 500, 1000, 2000}) {
    add_probe("spin", make_problem("idle", {{"microseconds", us}}), Truth{});
  }
  for (const std::int64_t depth : {10'000, 20'000, 50'000, 100'000}) {
    add_probe("avx2", make_problem("fma", {{"lanes", 64}, {"depth", depth}}), kFmaTruth);
  }
  const auto add_copies = [&](const Truth& truth, std::initializer_list<std::int64_t> elements) {
    for (const std::int64_t count : elements) {
      add_probe("avx2", make_problem("copy", {{"elements", count}}), truth);
    }
  };
  add_copies(kCopyL1Truth, {2000, 2500, 3000, 4000});           // 8 bytes an element, 32 KiB
  add_copies(kCopyL2Truth, {20'000, 40'000, 80'000, 120'000});  // 1 MiB
  add_copies(kCopyMemoryTruth, {2'000'000, 4'000'000, 8'000'000, 16'000'000});
}

void add_gemms(SyntheticFile& file, const Truth& truth, SyntheticFile::Noise noise) {
  for (const std::int64_t m : {16, 64, 256, 1024}) {
    for (const std::int64_t n : {16, 128, 1024}) {
      for (const std::int64_t k : {16, 128, 1024}) {
        file.add("avx2", make_problem("gemm", {{"m", m}, {"n", n}, {"k", k}}), truth, noise);
      }
    }
  }
}

}  // namespace ergon
