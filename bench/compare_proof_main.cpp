// ergon compare on simulated machines that differ by what is known, or do not differ: how often it
// says so. What "two devices" say lower or higher is as false where they are 3 % apart as where
// they are equal only in the direction; the sensors cannot tell.

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <exception>
#include <thread>

#include <fmt/format.h>

#include "bench/compare_proof.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct ProofOptions {
  CompareWorld world;
  std::uint64_t seed = 1;
  int seeds = 100, threads = 0;
  double run_to_run = 0.3, gain = 5;
};

std::vector<CompareTally> prove_all(const ProofOptions& options) {
  const auto& cases = compare_cases();
  std::vector<CompareTally> tallies(cases.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < cases.size(); i = next++) {
      tallies[i] = prove_comparisons(cases[i], options.world,
                                     options.seed + 1'000'003 * static_cast<std::uint64_t>(i),
                                     options.seeds);
    }
  };
  const unsigned count = options.threads > 0 ? static_cast<unsigned>(options.threads)
                                             : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < count; ++i) threads.emplace_back(work);
  threads.clear();
  return tallies;
}

int print(const ProofOptions& options) {
  fmt::print(
      "{} shapes, {} windows a point, runs of a build differ by {:g} % of energy, visits by {:g} "
      "%, gain {:g} % (k = 1); {} seeds from {}\n",
      options.world.shapes, options.world.windows, 100 * options.world.run_to_run,
      100 * options.world.visit, 100 * options.world.gain, options.seeds, options.seed);
  fmt::print(
      "wanted: builds 3 % apart told, and two devices within gain, in 95 % of seeds or "
      "more; any false verdict in 5 % or fewer\n\n");
  fmt::print("{:34} {:>6} {:>12} {:>12} {:>8}\n", "", "told", "within gain", "shapes told",
             "false");
  const std::vector<CompareTally> tallies = prove_all(options);
  bool all = true;
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const CompareTally& tally = tallies[i];
    const CompareCase& setup = compare_cases()[i];
    const double percent = 100.0 / tally.seeds;
    const bool holds = tally.holds(setup);
    all = all && holds;
    fmt::print("{:34} {:>4.1f} % {:>10.1f} % {:>10.1f} % {:>6.1f} %   {}\n", setup.name,
               percent * tally.told, percent * tally.within_gain, 100 * tally.shapes_told,
               percent * tally.false_verdicts, holds ? "met" : "MISSED");
  }
  return all ? 0 : 1;
}

}  // namespace
}  // namespace ergon

int main(int argc, char** argv) {
  ergon::ProofOptions options;
  CLI::App app{"verdicts of ergon compare against simulated machines whose truth is known"};
  app.add_option("--seeds", options.seeds)->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--seed", options.seed, "of the first")->capture_default_str();
  app.add_option("--shapes", options.world.shapes)->check(CLI::Range(1, 75))->capture_default_str();
  app.add_option("--windows", options.world.windows, "of a point")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  app.add_option("--run-to-run", options.run_to_run, "percent of energy that runs differ by")
      ->capture_default_str();
  app.add_option("--gain", options.gain, "percent (k = 1) of a sensor")->capture_default_str();
  app.add_option("--sentinels", options.world.sentinels, "points that are visited again")
      ->check(CLI::Range(0, 10))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "0: as many as the machine has");
  CLI11_PARSE(app, argc, argv);
  options.world.run_to_run = options.run_to_run / 100;
  options.world.gain = options.gain / 100;
  try {
    return ergon::print(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ergon_compare_proof: {}\n", error.what());
    return 2;
  }
}
