#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "harness/clock.h"
#include "harness/meter/external_align.h"

namespace ergon {

// Loads and rests as chirp() says, from now on, with kChirpRest before and after. `load` must keep
// the device busy until the moment given and return. The pulses as they were, on `clock`.
[[nodiscard]] std::array<Pulse, 3> make_chirp(
    Clock& clock, const std::function<void(std::int64_t until_ns)>& load);

// Keeps every CPU that this process may use multiplying until `until_ns` of the steady clock,
// on the team that runs kernels: what a team does to its caller (team.h) stays.
void load_cpus(std::int64_t until_ns);

}  // namespace ergon
