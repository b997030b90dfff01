#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/cuda/model/fiber.h"

namespace ergon::model {

// Where a kernel calls a function of the layer.
struct Place {
  const char* file;
  int line;
  static constexpr Place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
  bool operator==(const Place&) const = default;
};

// One call of a function of the layer, for reports.
struct Call {
  const char* what;
  Place place;
  bool operator==(const Call&) const = default;
};

// A copy that was issued and has not been waited for.
struct Copy {
  std::byte* to;
  const std::byte* from;
  int bytes;
  bool valid;  // else zeros
  int group;   // index among those that the thread closes
  bool landed = false;
};

enum class Wait : std::uint8_t { nothing, warp, block, group, ended };

class Block;

// One thread of the block that runs.
struct Thread {
  Fiber fiber;
  Block* block;
  int index, lane, warp;
  Wait waits_for = Wait::nothing;
  int group = 0;          // of a group barrier
  int group_threads = 0;  // that it is to wait for
  Call call{};            // what it waits in
  std::vector<Copy> copies;
  int groups_closed = 0;
};

// The thread of the model that runs on this thread of the operating system.
extern constinit thread_local Thread* current_thread;

}  // namespace ergon::model
