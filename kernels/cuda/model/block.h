#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "kernels/cuda/model/once_reads.h"
#include "kernels/cuda/model/races.h"
#include "kernels/cuda/model/random.h"
#include "kernels/cuda/model/shared_memory.h"
#include "kernels/cuda/model/thread.h"

namespace ergon::model {

inline constexpr int kLanes = 32;
inline constexpr int kThreadsMax = 1024;
inline constexpr int kWarpsMax = kThreadsMax / kLanes;
inline constexpr int kBarriers = 16;  // 0 is the block's

// What an enqueue() asks for.
struct LaunchShape {
  std::int64_t blocks_x;
  int blocks_y, blocks_z;
  int shared_bytes;
  int threads;
  int sm;  // that the kernel's code is made for
  void (*run)(const void* arguments);
  const void* arguments;
};

// How a kernel is wrong. The text is made when its threads are left: they are never gone on with,
// and so may hold no memory.
enum class Wrong : std::uint8_t {
  none,
  nobody_can_go_on,
  lanes_apart,
  group_of_no_such_id,    // first: the id
  group_of_no_such_size,  // first: its threads
  group_of_two_sizes,     // first: of those before, second: of this thread
  group_of_part_of_a_warp,
  misaligned,      // first: the address, second: what it should be a multiple of
  outside_shared,  // first: the offset, second: bytes
  outside_memory,  // first: the address, second: bytes
  unordered,       // first: the offset
  sm_too_low,      // first: what is needed
  mask_outside,    // first: the mask
};

// Does what all lanes of a warp do together; operands[lane] is what the lane gave.
using Collective = void (*)(void* const (&operands)[kLanes]);

// Runs the blocks of a launch one after the other, in an order drawn from the seed, and in each its
// threads: one at a time, to where it waits for others; which goes on next is drawn from the seed.
// So what one thread writes is seen by the others at random times, but for what barriers order.
class Block {
 public:
  explicit Block(std::uint64_t seed) : random_(seed) {}

  // Makes room, so that run() allocates nothing that grows with the launch.
  void prepare(int threads, int shared_bytes);
  void reseed(std::uint64_t seed) { random_ = Random(seed); }
  // The error that ended the launch, or empty.
  [[nodiscard]] std::string run(const LaunchShape& shape);

  // Below: for the running thread.
  [[nodiscard]] const LaunchShape& shape() const { return shape_; }
  [[nodiscard]] int x() const { return x_; }
  [[nodiscard]] int y() const { return y_; }
  [[nodiscard]] int z() const { return z_; }
  [[nodiscard]] SharedMemory& shared() { return shared_; }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] bool copies_land_late() const { return copies_land_late_; }
  // The model's clock, a microsecond later than at the last look.
  [[nodiscard]] std::uint64_t tick() { return nanoseconds_ += 1000; }

  void meet_warp(Collective collective, void* operand, Call call);
  void meet_block(Call call);
  void meet_group(int id, int threads, Call call);
  void note_once(const void* from, std::size_t bytes, Call call) {
    once_reads_.note(from, bytes, current_thread->index, call, random_);
  }
  // An access to shared memory, which must lie in order behind those before it; `code` is where.
  void note_read(const void* from, std::size_t bytes, Call call, const void* code) {
    check_order(races_.read(current_thread->index, offset_of(from), bytes), call, code);
  }
  void note_write(const void* to, std::size_t bytes, Call call, const void* code) {
    check_order(races_.write(current_thread->index, offset_of(to), bytes, code), call, code);
  }
  void note_copy(const void* to, std::size_t bytes, Call call) {
    check_order(races_.copy(current_thread->index, offset_of(to), bytes), call, nullptr);
  }
  // The running thread has waited for a copy.
  void note_landed(const void* to, std::size_t bytes) {
    races_.land(current_thread->index, offset_of(to), bytes);
  }
  // All lanes of the running thread's warp are here.
  void order_warp() { races_.meet(1U << current_thread->warp); }
  void need_sm(int sm, Call call);
  void need_aligned(const void* pointer, std::size_t bytes, Call call);
  void need_shared(const void* pointer, std::size_t bytes, Call call);
  // Ends the launch with the error of the running thread.
  [[noreturn]] void fail(Call call, Wrong wrong, std::int64_t first = 0, std::int64_t second = 0,
                         const void* code = nullptr);

 private:
  struct Warp {
    std::uint32_t ready = 0;    // lanes that may run
    std::uint32_t arrived = 0;  // lanes in the collective
    Collective collective = nullptr;
    Call call{};
    void* operands[kLanes] = {};
  };
  struct Barrier {
    int arrived = 0, threads = 0;
    std::uint32_t lanes[kWarpsMax] = {};  // of each warp
  };
  // How the next warp is drawn: all alike; one runs ahead as long as it can; one is kept back.
  enum class Policy : std::uint8_t { fair, ahead, behind };

  static void thread_main();
  void run_block();
  void reset_block();
  void end_thread(Thread& thread);
  [[nodiscard]] int pick_warp();
  [[nodiscard]] Thread* pick();
  void make_ready(int warp, std::uint32_t lanes);
  void wait(Thread& thread, Wait what, Call call);
  void release_block_if_all();
  void check_whole_warps(const Barrier& barrier, Call call);
  [[nodiscard]] std::string describe_failure() const;
  [[nodiscard]] std::string what_is_wrong() const;
  [[nodiscard]] std::string describe_changed_read() const;
  [[nodiscard]] std::string where_threads_are() const;
  [[nodiscard]] std::string what_it_met() const;
  [[nodiscard]] std::size_t offset_of(const void* pointer) const {
    return static_cast<std::size_t>(static_cast<const std::byte*>(pointer) - shared_.data());
  }
  void check_order(const Races::Met& met, Call call, const void* code) {
    if (met.did != Races::Did::nothing) fail_order(met, call, code);
  }
  [[noreturn]] void fail_order(const Races::Met& met, Call call, const void* code);
  void release(Barrier& barrier);

  LaunchShape shape_{};
  int x_ = 0, y_ = 0, z_ = 0;
  Random random_;
  SharedMemory shared_;
  OnceReads once_reads_;
  Races races_;
  Races::Met met_;  // by an access that is out of order
  bool copies_land_late_ = true;
  Stacks stacks_;
  Fiber host_;
  std::unique_ptr<Thread> threads_[kThreadsMax];
  int prepared_ = 0;
  Warp warps_[kWarpsMax];
  std::uint32_t ready_ = 0;  // warps with lanes that may run
  Policy policy_ = Policy::fair;
  int favourite_ = 0;  // the warp that was picked last
  int kept_back_ = 0;
  Barrier barriers_[kBarriers];
  int ended_ = 0;
  std::uint64_t nanoseconds_ = 0;
  struct Failure {
    Wrong wrong = Wrong::none;
    const Thread* thread = nullptr;
    Call call{};
    std::int64_t first = 0, second = 0;
    const void* code = nullptr;
  };
  Failure failure_;
};

}  // namespace ergon::model
