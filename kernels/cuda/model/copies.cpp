#include "kernels/cuda/model/copies.h"

#include <algorithm>
#include <cstring>

namespace ergon::model {
namespace {

void land(Copy& copy) {
  if (copy.landed) return;
  copy.landed = true;
  const auto bytes = static_cast<std::size_t>(copy.bytes);
  if (copy.valid) {
    std::memcpy(copy.to, copy.from, bytes);
  } else {
    std::memset(copy.to, 0, bytes);
  }
}

// Lands copies of groups up to `group`, which the thread has now waited for, and of the younger
// each with one chance in four.
void land_some(Thread& thread, int group) {
  Block& block = *thread.block;
  const bool late = block.copies_land_late();
  std::vector<Copy>& copies = thread.copies;
  const auto is_over = [&](Copy& copy) {
    const bool over = copy.group <= group;
    if (over || (!late && block.random().below(4) == 0)) land(copy);
    if (over) block.note_landed(copy.to, static_cast<std::size_t>(copy.bytes));
    return over;
  };
  copies.erase(std::remove_if(copies.begin(), copies.end(), is_over), copies.end());
}

}  // namespace

void issue_copy(Thread& thread, const Copy& copy, Call call) {
  Block& block = *thread.block;
  block.need_sm(80, call);
  block.need_aligned(copy.to, static_cast<std::size_t>(copy.bytes), call);
  block.need_aligned(copy.from, static_cast<std::size_t>(copy.bytes), call);
  block.need_shared(copy.to, static_cast<std::size_t>(copy.bytes), call);
  block.note_copy(copy.to, static_cast<std::size_t>(copy.bytes), call);
  std::memset(copy.to, 0xff, static_cast<std::size_t>(copy.bytes));
  thread.copies.push_back(copy);
  thread.copies.back().group = thread.groups_closed;
}

void close_group(Thread& thread) { ++thread.groups_closed; }

void wait_groups(Thread& thread, int pending) {
  land_some(thread, thread.groups_closed - 1 - pending);
}

void land_all(Thread& thread) {
  for (Copy& copy : thread.copies) land(copy);
  thread.copies.clear();
}

}  // namespace ergon::model
