#include "kernels/cuda/model/copies.h"

#include <algorithm>
#include <cstring>

namespace ergon::model {
namespace {

void land(const Copy& copy) {
  const auto bytes = static_cast<std::size_t>(copy.bytes);
  if (copy.valid) {
    std::memcpy(copy.to, copy.from, bytes);
  } else {
    std::memset(copy.to, 0, bytes);
  }
}

// Lands copies of groups up to `group`, and of the younger each with one chance in four.
void land_some(Thread& thread, int group) {
  Random& random = thread.block->random();
  const bool late = thread.block->copies_land_late();
  std::vector<Copy>& copies = thread.copies;
  const auto lands = [&](const Copy& copy) {
    if (copy.group > group && (late || random.below(4) != 0)) return false;
    land(copy);
    return true;
  };
  copies.erase(std::remove_if(copies.begin(), copies.end(), lands), copies.end());
}

}  // namespace

void issue_copy(Thread& thread, const Copy& copy, Call call) {
  Block& block = *thread.block;
  block.need_sm(80, call);
  block.need_aligned(copy.to, static_cast<std::size_t>(copy.bytes), call);
  block.need_aligned(copy.from, static_cast<std::size_t>(copy.bytes), call);
  block.need_shared(copy.to, static_cast<std::size_t>(copy.bytes), call);
  std::memset(copy.to, 0xff, static_cast<std::size_t>(copy.bytes));
  thread.copies.push_back(copy);
  thread.copies.back().group = thread.groups_closed;
}

void close_group(Thread& thread) { ++thread.groups_closed; }

void wait_groups(Thread& thread, int pending) {
  land_some(thread, thread.groups_closed - 1 - pending);
}

void land_all(Thread& thread) {
  for (const Copy& copy : thread.copies) land(copy);
  thread.copies.clear();
}

}  // namespace ergon::model
