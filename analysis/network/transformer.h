#pragma once

#include <cstdint>

#include "analysis/network/network.h"
#include "analysis/network/network_builder.h"

namespace ergon {

// One run of a network over its input, or one step of decoding.
struct Run {
  Phase phase = Phase::encode;
  std::int64_t batch = 1;
  std::int64_t queries = 1;  // tokens of each input that the run works on
  std::int64_t keys = 1;     // tokens that they may look at: those and what the cache holds
};

// Appends the modules of one run. `description` is worked out (completed).
void add_transformer(NetworkBuilder& builder, const NetworkDescription& description,
                     const Workload& workload, const Run& run);

}  // namespace ergon
