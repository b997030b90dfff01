#include "harness/meter/external_chirp.h"

#include <cmath>

#include "kernels/cpu/team.h"

namespace ergon {
namespace {

void multiply_until(std::int64_t until_ns) {
  // Eight chains keep the multipliers of a core full; nothing is taken from memory.
  volatile double sink = 0;
  while (steady_clock().now_ns() < until_ns) {
    double chains[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (int i = 0; i < 2000; ++i) {
      for (double& chain : chains) chain = chain * 0.999 + 1e-3;
    }
    for (const double chain : chains) sink = sink + chain;
  }
}

}  // namespace

std::array<Pulse, 3> make_chirp(Clock& clock,
                                const std::function<void(std::int64_t until_ns)>& load) {
  const auto rest_ns = static_cast<std::int64_t>(std::llround(kChirpRest.value * 1e9));
  std::array<Pulse, 3> pulses = chirp(clock.now_ns() + rest_ns);
  for (Pulse& pulse : pulses) {
    clock.wait_until(pulse.begin_ns);
    const std::int64_t begin_ns = clock.now_ns();
    load(pulse.end_ns);
    pulse = {begin_ns, clock.now_ns()};
  }
  clock.wait_until(pulses.back().end_ns + rest_ns);
  return pulses;
}

void load_cpus(std::int64_t until_ns) {
  const int threads = static_cast<int>(process_cpus().size());
  parallel(threads, [until_ns](int) { multiply_until(until_ns); });
}

}  // namespace ergon
