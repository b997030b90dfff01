// A table fitted to few records of a simulated machine, whose inefficiency over shapes the fit is
// never told, against fresh shapes: errors, flags and coverage for several seeds.

#include <CLI/CLI.hpp>
#include <exception>

#include <fmt/format.h>

#include "bench/table_proof.h"

namespace {

bool print(std::uint64_t seed, int points, int fresh) {
  const ergon::TableProof proof = ergon::prove_table(seed, points, fresh);
  const bool met = proof.error_inside <= 0.03 && proof.flagged_outside >= 0.95 &&
                   proof.flagged_inside <= 0.05 && proof.coverage >= 0.88 && proof.coverage <= 0.95;
  fmt::print("{:>5} {:>9.2f} {:>12.1f} {:>16.1f} {:>17.1f} {:>9.1f}   {}\n", seed,
             100 * proof.error_inside, 100 * proof.error_flops, 100 * proof.flagged_inside,
             100 * proof.flagged_outside, 100 * proof.coverage, met ? "met" : "MISSED");
  return met;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"tables of a simulated machine against its truth"};
  int seeds = 10, points = 300, fresh = 2000;
  app.add_option("--seeds", seeds, "1, 2, ... so many")->capture_default_str();
  app.add_option("--points", points, "records that the table is fitted to")->capture_default_str();
  app.add_option("--fresh", fresh, "shapes inside, and as many outside")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    fmt::print(
        "{} points, {} fresh shapes inside and outside; goals: error <= 3 %, flagged inside "
        "<= 5 %, outside >= 95 %, covered 88 to 95 %\n",
        points, fresh);
    fmt::print("{:>5} {:>9} {:>12} {:>16} {:>17} {:>9}\n", "seed", "error %", "FLOPs alone",
               "flagged inside", "flagged outside", "covered");
    int met = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
      met += print(static_cast<std::uint64_t>(seed), points, fresh);
    }
    fmt::print("{} of {} seeds meet every goal\n", met, seeds);
    return met == seeds ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ergon_table_proof: {}\n", error.what());
    return 2;
  }
}
