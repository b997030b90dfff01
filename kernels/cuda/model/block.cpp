#include "kernels/cuda/model/block.h"

#include <algorithm>
#include <numeric>

#include "kernels/cuda/model/copies.h"
#include "kernels/error.h"

namespace ergon::model {

constinit thread_local Thread* current_thread = nullptr;

void Block::prepare(int threads, int shared_bytes) {
  ERGON_ASSERT(threads >= kLanes && threads <= kThreadsMax && threads % kLanes == 0);
  shared_.prepare(static_cast<std::size_t>(shared_bytes));
  for (; prepared_ < threads; ++prepared_) {
    auto thread = std::make_unique<Thread>();
    thread->block = this;
    thread->index = prepared_;
    thread->lane = prepared_ % kLanes;
    thread->warp = prepared_ / kLanes;
    thread->copies.reserve(64);
    stacks_.assign(prepared_, thread->fiber);
    begin_at(thread->fiber, thread_main);
    threads_[prepared_] = std::move(thread);
  }
}

// A fiber ends no block: it goes on to its part of the next.
void Block::thread_main() {
  fiber_entered();
  for (;;) {
    Thread& thread = *current_thread;
    thread.block->shape_.run(thread.block->shape_.arguments);
    thread.block->end_thread(thread);
  }
}

std::string Block::run(const LaunchShape& shape) {
  ERGON_ASSERT(current_thread == nullptr);
  prepare(shape.threads, shape.shared_bytes);
  shape_ = shape;
  failure_ = {};
  host_ = Fiber{};
  once_reads_.begin();
  races_.begin_launch(static_cast<std::size_t>(shape.shared_bytes));
  shared_.begin_launch(static_cast<std::size_t>(shape.shared_bytes));
  const std::int64_t blocks = shape.blocks_x * shape.blocks_y * shape.blocks_z;
  // Every number below `blocks` once: a walk whose step shares no factor with it.
  std::int64_t at =
      random_.below(static_cast<std::uint32_t>(std::min<std::int64_t>(blocks, 1 << 30)));
  std::int64_t step = 1 + random_.below(1024);
  while (std::gcd(step, blocks) != 1) ++step;
  for (std::int64_t i = 0; i < blocks && failure_.wrong == Wrong::none;
       ++i, at = (at + step) % blocks) {
    x_ = static_cast<int>(at % shape.blocks_x);
    y_ = static_cast<int>(at / shape.blocks_x % shape.blocks_y);
    z_ = static_cast<int>(at / shape.blocks_x / shape.blocks_y);
    run_block();
  }
  current_thread = nullptr;
  const bool intact = shared_.end_launch();
  if (failure_.wrong != Wrong::none) return describe_failure();
  if (!intact) {
    return "a thread wrote to shared memory outside the " + std::to_string(shape.shared_bytes) +
           " bytes of its block";
  }
  return describe_changed_read();
}

void Block::reset_block() {
  shared_.begin_block();
  races_.begin_block();
  copies_land_late_ = random_.below(2) == 0;
  policy_ = static_cast<Policy>(random_.below(3));
  const int warps = shape_.threads / kLanes;
  kept_back_ = static_cast<int>(random_.below(static_cast<std::uint32_t>(warps)));
  favourite_ = kept_back_;
  ready_ = 0;
  for (int i = 0; i < warps; ++i) {
    warps_[i].ready = warps_[i].arrived = 0;
    make_ready(i, 0xffffffffU);
  }
  for (Barrier& barrier : barriers_) barrier = {};
  ended_ = 0;
  for (int i = 0; i < shape_.threads; ++i) {
    threads_[i]->waits_for = Wait::nothing;
    threads_[i]->copies.clear();
    threads_[i]->groups_closed = 0;
  }
}

void Block::run_block() {
  reset_block();
  current_thread = pick();
  switch_fiber(host_, current_thread->fiber);
  if (failure_.wrong == Wrong::none) return;
  // Their code was left anywhere.
  for (int i = 0; i < prepared_; ++i) begin_at(threads_[i]->fiber, thread_main);
}

void Block::make_ready(int warp, std::uint32_t lanes) {
  warps_[warp].ready |= lanes;
  ready_ |= 1U << warp;
}

// A warp that was picked goes on for some picks: its lanes' stacks are in the cache.
int Block::pick_warp() {
  const bool stays = random_.below(policy_ == Policy::ahead ? 256 : 8) != 0;
  if (stays && (ready_ & (1U << favourite_)) != 0) return favourite_;
  const std::uint32_t others = ready_ & ~(1U << kept_back_);
  favourite_ = pick_bit(policy_ == Policy::behind && others != 0 ? others : ready_, random_);
  if (random_.below(256) == 0) kept_back_ = favourite_;
  return favourite_;
}

// Null where no thread may run.
Thread* Block::pick() {
  if (ready_ == 0) return nullptr;
  const int index = pick_warp();
  Warp& warp = warps_[index];
  const int lane = pick_bit(warp.ready, random_);
  warp.ready &= ~(1U << lane);
  if (warp.ready == 0) ready_ &= ~(1U << index);
  return threads_[index * kLanes + lane].get();
}

// Goes on with another thread, until this one is picked again.
void Block::wait(Thread& thread, Wait what, Call call) {
  thread.waits_for = what;
  thread.call = call;
  Thread* next = pick();
  if (next == nullptr) fail(call, Wrong::nobody_can_go_on);
  next->waits_for = Wait::nothing;
  if (next == &thread) return;
  current_thread = next;
  switch_fiber(thread.fiber, next->fiber);
}

void Block::end_thread(Thread& thread) {
  land_all(thread);
  thread.waits_for = Wait::ended;
  ++ended_;
  release_block_if_all();
  Thread* next = pick();
  if (next == nullptr && ended_ < shape_.threads) {
    fail({"its end", {nullptr, 0}}, Wrong::nobody_can_go_on);
  }
  if (next != nullptr) next->waits_for = Wait::nothing;
  current_thread = next;
  switch_fiber(thread.fiber, next == nullptr ? host_ : next->fiber);
}

void Block::meet_warp(Collective collective, void* operand, Call call) {
  Thread& thread = *current_thread;
  Warp& warp = warps_[thread.warp];
  if (warp.arrived == 0) {
    warp.collective = collective;
    warp.call = call;
  } else if (warp.collective != collective || warp.call != call) {
    thread.waits_for = Wait::warp;
    thread.call = call;
    fail(call, Wrong::lanes_apart);
  }
  warp.operands[thread.lane] = operand;
  warp.arrived |= 1U << thread.lane;
  if (warp.arrived == 0xffffffffU) {
    collective(warp.operands);
    warp.arrived = 0;
    make_ready(thread.warp, 0xffffffffU);
  }
  wait(thread, Wait::warp, call);
}

// What threads did that have ended lies before a barrier of the block as well.
void Block::release(Barrier& barrier) {
  std::uint32_t warps = 0;
  for (int i = 0; i < shape_.threads / kLanes; ++i) {
    if (barrier.lanes[i] == 0) continue;
    make_ready(i, barrier.lanes[i]);
    warps |= 1U << i;
  }
  races_.meet(&barrier == &barriers_[0] ? 0xffffffffU : warps);
  barrier = {};
}

// Threads that have ended count as having arrived.
void Block::release_block_if_all() {
  Barrier& barrier = barriers_[0];
  if (barrier.arrived == 0 || barrier.arrived + ended_ < shape_.threads) return;
  release(barrier);
}

void Block::meet_block(Call call) {
  Thread& thread = *current_thread;
  Barrier& barrier = barriers_[0];
  ++barrier.arrived;
  barrier.lanes[thread.warp] |= 1U << thread.lane;
  release_block_if_all();
  wait(thread, Wait::block, call);
}

// Hardware counts warps, not threads: one that is there in part counts whole.
void Block::check_whole_warps(const Barrier& barrier, Call call) {
  for (const std::uint32_t lanes : barrier.lanes) {
    if (lanes != 0 && lanes != 0xffffffffU) {
      fail(call, Wrong::group_of_part_of_a_warp);
    }
  }
}

void Block::meet_group(int id, int threads, Call call) {
  Thread& thread = *current_thread;
  thread.group = id;
  thread.group_threads = threads;
  if (id < 1 || id >= kBarriers) fail(call, Wrong::group_of_no_such_id, id);
  if (threads < kLanes || threads > shape_.threads || threads % kLanes != 0) {
    fail(call, Wrong::group_of_no_such_size, threads);
  }
  Barrier& barrier = barriers_[id];
  if (barrier.arrived == 0) barrier.threads = threads;
  if (barrier.threads != threads) {
    fail(call, Wrong::group_of_two_sizes, barrier.threads, threads);
  }
  thread.waits_for = Wait::group;
  thread.call = call;
  ++barrier.arrived;
  barrier.lanes[thread.warp] |= 1U << thread.lane;
  if (barrier.arrived == threads) {
    check_whole_warps(barrier, call);
    release(barrier);
  }
  wait(thread, Wait::group, call);
}

void Block::fail_order(const Races::Met& met, Call call, const void* code) {
  met_ = met;
  fail(call, Wrong::unordered, static_cast<std::int64_t>(met.offset), 0, code);
}

}  // namespace ergon::model
