#include "kernels/cuda/model/block.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <numeric>
#include <vector>

#include "tests/kernels/cuda/model/launch_lanes.h"

// Kernels with one bug each, and their right twins. The model must find the bug whatever the seed;
// where that is a matter of luck, in most of twenty. Missing order is, where the model does not see
// every access.
namespace ergon::model {
namespace {

constexpr int kSeeds = 20;
constexpr int kMost = 15;
#if defined(__SANITIZE_THREAD__)
constexpr int kOfOrder = kSeeds;
#else
constexpr int kOfOrder = kMost;
#endif
constexpr std::size_t kWords = 64;

// Seeds of which a launch of 64 threads, or more, failed or gave other outputs than `expected`.
template <class Launchable>
int wrong_seeds(const std::vector<float>& in, const std::vector<float>& expected,
                int shared_bytes) {
  int wrong = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    std::vector<float> out(expected.size(), -1.0F);
    const std::string error = run_once<Launchable>(
        static_cast<std::uint64_t>(seed), {.shared_bytes = shared_bytes}, {in.data(), out.data()});
    if (!error.empty() || out != expected) ++wrong;
  }
  return wrong;
}

std::vector<float> counting(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

// Passes values to a thread of another warp, twice through the same memory.
enum class ExchangeBug { none, no_barrier_before_reading, no_barrier_before_reuse };
template <ExchangeBug kBug>
struct Exchange {
  using Arguments = Pointers;
  static constexpr int kThreads = 64, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    float* shared = shared_floats();
    const int thread = thread_index(), other = 63 - thread;
    shared[thread] = x.in[thread];
    if constexpr (kBug != ExchangeBug::no_barrier_before_reading) block_barrier();
    const float first = shared[other];
    if constexpr (kBug != ExchangeBug::no_barrier_before_reuse) block_barrier();
    shared[thread] = 2 * first;
    block_barrier();
    x.out[thread] = first + shared[other];
  }
};

template <ExchangeBug kBug>
int wrong_exchanges() {
  const std::vector<float> in = counting(kWords);
  std::vector<float> expected(kWords);
  for (std::size_t i = 0; i < kWords; ++i) expected[i] = in[kWords - 1 - i] + 2 * in[i];
  return wrong_seeds<Exchange<kBug>>(in, expected, 256);
}

TEST(Block, FindsMissingBarriers) {
  EXPECT_EQ(wrong_exchanges<ExchangeBug::none>(), 0);
  EXPECT_GE(wrong_exchanges<ExchangeBug::no_barrier_before_reading>(), kOfOrder);
  EXPECT_GE(wrong_exchanges<ExchangeBug::no_barrier_before_reuse>(), kOfOrder);
}

// Through shared memory to another lane of the warp.
template <bool kBarrier>
struct WarpExchange {
  using Arguments = Pointers;
  static constexpr int kThreads = 64, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    shared_floats()[thread_index()] = x.in[thread_index()];
    if constexpr (kBarrier) warp_barrier();
    x.out[thread_index()] = shared_floats()[thread_index() ^ 1];
  }
};

TEST(Block, FindsAMissingWarpBarrier) {
  const std::vector<float> in = counting(kWords);
  std::vector<float> expected(kWords);
  for (std::size_t i = 0; i < kWords; ++i) expected[i] = in[i ^ 1];
  EXPECT_EQ(wrong_seeds<WarpExchange<true>>(in, expected, 256), 0);
  EXPECT_GE(wrong_seeds<WarpExchange<false>>(in, expected, 256), kOfOrder);
}

// Sums kTiles tiles of 64 words, which travel through a ring of three stages.
enum class RingBug { none, no_wait, wait_too_weak, no_commit, no_barrier, early_release };
template <RingBug kBug>
struct Ring {
  using Arguments = Pointers;
  static constexpr int kThreads = 64, kBlocks = 1, kSm = 80;
  static constexpr int kStages = 3, kTiles = 8;

  static void issue(const Arguments& x, int tile) {
    if (tile < kTiles) {
      copy_async<4>(shared_floats() + tile % kStages * 64 + thread_index(),
                    x.in + 64 * tile + thread_index());
    }
    if constexpr (kBug != RingBug::no_commit) commit_copies();
  }
  static void run(const Arguments& x) {
    // Released early, a stage is filled for the tile that is a ring away, not one less.
    constexpr int kAhead = kBug == RingBug::early_release ? kStages : kStages - 1;
    for (int tile = 0; tile < kAhead; ++tile) issue(x, tile);
    float sum = 0;
    for (int tile = 0; tile < kTiles; ++tile) {
      if constexpr (kBug == RingBug::wait_too_weak) {
        wait_copies<kAhead>();
      } else if constexpr (kBug != RingBug::no_wait) {
        wait_copies<kAhead - 1>();
      }
      if constexpr (kBug != RingBug::no_barrier) block_barrier();
      sum += shared_floats()[tile % kStages * 64 + 63 - thread_index()];
      issue(x, tile + kAhead);
    }
    x.out[thread_index()] = sum;
  }
};

template <RingBug kBug>
int wrong_rings() {
  const std::vector<float> in = counting(kWords * 8);
  std::vector<float> expected(kWords);
  for (std::size_t i = 0; i < in.size(); ++i) expected[kWords - 1 - i % kWords] += in[i];
  return wrong_seeds<Ring<kBug>>(in, expected, Ring<kBug>::kStages * 256);
}

TEST(Block, FindsCopiesThatAreNotWaitedFor) {
  EXPECT_EQ(wrong_rings<RingBug::none>(), 0);
  EXPECT_GE(wrong_rings<RingBug::no_wait>(), kOfOrder);
  EXPECT_GE(wrong_rings<RingBug::wait_too_weak>(), kOfOrder);
  EXPECT_GE(wrong_rings<RingBug::no_commit>(), kOfOrder);
  EXPECT_GE(wrong_rings<RingBug::no_barrier>(), kOfOrder);
}

TEST(Block, FindsAStageThatIsFilledWhileItIsRead) {
  EXPECT_GE(wrong_rings<RingBug::early_release>(), kOfOrder);
}

// A copy's source, changed before the copy is waited for.
template <bool kWait>
struct SourceReuse {
  using Arguments = Pointers;
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 80;
  static void run(const Arguments& x) {
    const int thread = thread_index();
    x.out[thread] = x.in[thread];
    copy_async<4>(shared_floats() + thread, x.out + thread);
    commit_copies();
    if constexpr (kWait) wait_copies<0>();
    x.out[thread] = 0;
    wait_copies<0>();
    x.out[thread] = shared_floats()[thread];
  }
};

TEST(Block, FindsASourceThatIsChangedWhileItIsCopied) {
  const std::vector<float> in = counting(32);
  EXPECT_EQ(wrong_seeds<SourceReuse<true>>(in, in, 128), 0);
  EXPECT_GE(wrong_seeds<SourceReuse<false>>(in, in, 128), kMost);
}

// Sum of a warp; the last step goes to the wrong lane.
template <int kLast>
struct WarpSum {
  using Arguments = Pointers;
  static constexpr int kThreads = 64, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    float sum = x.in[thread_index()];
    for (const int mask : {16, 8, 4, 2, kLast}) sum += shuffle_xor(sum, mask);
    x.out[thread_index()] = sum;
  }
};

TEST(Block, FindsAShuffleFromTheWrongLane) {
  const std::vector<float> in = counting(kWords);
  std::vector<float> expected(kWords, 528.0F);
  std::fill(expected.begin() + 32, expected.end(), 528.0F + 32 * 32);
  EXPECT_EQ((wrong_seeds<WarpSum<1>>(in, expected, 0)), 0);
  EXPECT_EQ((wrong_seeds<WarpSum<2>>(in, expected, 0)), kSeeds);
}

// out (16 x 8) = in (16 x 16) times the first 16 rows and 8 columns of in; with two registers of a
// exchanged, or with the lanes of b one off.
enum class FragmentBug { none, exchanged_registers, wrong_lane };
template <FragmentBug kBug>
struct Fragments {
  using Arguments = Pointers;
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 80;
  static void run(const Arguments& x) {
    const int lane = kBug == FragmentBug::wrong_lane ? lane_index() ^ 1 : lane_index();
    const int g = lane_index() / 4, t = lane_index() % 4;
    const auto pair = [&](int row, int column) {
      return pack<F16>(x.in[16 * row + column], x.in[16 * row + column + 1]);
    };
    std::uint32_t a[4] = {pair(g, 2 * t), pair(g + 8, 2 * t), pair(g, 2 * t + 8),
                          pair(g + 8, 2 * t + 8)};
    if constexpr (kBug == FragmentBug::exchanged_registers) std::swap(a[1], a[2]);
    const auto column = [&](int row) {
      const float* from = x.in + 16 * row + lane / 4;
      return pack<F16>(from[0], from[16]);
    };
    const std::uint32_t b[2] = {column(2 * (lane % 4)), column(2 * (lane % 4) + 8)};
    float c[4] = {};
    mma(c, a, b, F16{});
    for (int i = 0; i < 4; ++i) x.out[8 * (g + i / 2 * 8) + 2 * t + i % 2] = c[i];
  }
};

template <FragmentBug kBug>
int wrong_fragments() {
  std::vector<float> in(256);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i * 7 % 11) - 5;
  std::vector<float> expected(128);
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 8; ++j) {
      for (std::size_t k = 0; k < 16; ++k) expected[8 * i + j] += in[16 * i + k] * in[16 * k + j];
    }
  }
  return wrong_seeds<Fragments<kBug>>(in, expected, 0);
}

TEST(Block, FindsWrongFragments) {
  EXPECT_EQ(wrong_fragments<FragmentBug::none>(), 0);
  EXPECT_EQ(wrong_fragments<FragmentBug::exchanged_registers>(), kSeeds);
  EXPECT_EQ(wrong_fragments<FragmentBug::wrong_lane>(), kSeeds);
}

// Two warps of four exchange values; kCount threads are said to.
template <int kCount>
struct Groups {
  using Arguments = Pointers;
  static constexpr int kThreads = 128, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    const int thread = thread_index();
    shared_floats()[thread] = x.in[thread];
    group_barrier(1 + thread / 64, kCount);
    x.out[thread] = shared_floats()[thread ^ 63];
  }
};

TEST(Block, FindsGroupsOfTheWrongCount) {
  const std::vector<float> in = counting(128);
  std::vector<float> expected(128);
  for (std::size_t i = 0; i < 128; ++i) expected[i] = in[i ^ 63];
  EXPECT_EQ((wrong_seeds<Groups<64>>(in, expected, 512)), 0);
  EXPECT_GE((wrong_seeds<Groups<32>>(in, expected, 512)), kOfOrder);
  EXPECT_EQ((wrong_seeds<Groups<96>>(in, expected, 512)), kSeeds);
  EXPECT_EQ((wrong_seeds<Groups<40>>(in, expected, 512)), kSeeds);
}

// Whichever block comes last keeps its number, as if it were the greatest.
struct OrderOfBlocks {
  using Arguments = Pointers;
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    if (thread_index() == 0) *x.out = static_cast<float>(block_x());
  }
};

TEST(Block, FindsReliesOnTheOrderOfBlocks) {
  int wrong = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    float last = -1;
    ASSERT_EQ(run_once<OrderOfBlocks>(seed, {.x = 10}, {nullptr, &last}), "");
    if (last != 9) ++wrong;
  }
  EXPECT_GE(wrong, kMost);
}

template <int kOffset>
struct OutsideShared {
  using Arguments = Pointers;
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    volatile float* shared = shared_floats();
    x.out[thread_index()] = shared[kOffset];
  }
};

// 2048 bytes, a multiple of the alignment: the page that faults is next.
TEST(Block, SharedMemoryEndsWhereItEnds) {
  EXPECT_EQ(error_of<OutsideShared<511>>(2048), "");
  EXPECT_DEATH((void)error_of<OutsideShared<512>>(2048), "");
}

struct WritesPastShared {
  using Arguments = Pointers;
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 53;
  static void run(const Arguments&) { shared_floats()[32 + thread_index()] = 1; }
};

TEST(Block, SeesWhatIsWrittenPastSharedMemory) {
#if defined(__SANITIZE_THREAD__)
  EXPECT_TRUE(has(error_of<WritesPastShared>(128), "are not the kernel's"));
#else
  EXPECT_TRUE(has(error_of<WritesPastShared>(128), "outside the 128 bytes"));
#endif
}

struct ReadsWhatNobodyWrote {
  using Arguments = Pointers;
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    x.out[thread_index()] = shared_floats()[thread_index()];
    shared_floats()[thread_index()] = 1;
  }
};

TEST(Block, EveryBlockBeginsWithNanInSharedMemory) {
  std::vector<float> out(32);
  ASSERT_EQ(run_once<ReadsWhatNobodyWrote>(1, {.x = 4, .shared_bytes = 128}, {nullptr, out.data()}),
            "");
  for (const float value : out) EXPECT_TRUE(value != value);
}

// Every thread reads its neighbour's word, and writes to its own after a barrier.
struct WritesWhatIsReadOnce {
  using Arguments = Pointers;
  static constexpr int kThreads = 64, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    const float value = load_once(x.out + (thread_index() ^ 1));
    block_barrier();
    store_once(x.out + thread_index(), value + 1);
  }
};

TEST(Block, FindsWritesToWhatIsReadOnce) {
  const std::string error = error_of<WritesWhatIsReadOnce>(0);
  EXPECT_TRUE(has(error, "in load_once")) << error;
  EXPECT_TRUE(has(error, "the launch writes to what was read")) << error;
}

TEST(Block, GoesOnAfterAnError) {
  ModelDevice device(3);
  std::vector<float> in = counting(64), out(64);
  make_launch<LanesApart>(device, {}, {in.data(), out.data()})();
  EXPECT_NE(device.synchronize(), "");
  for (int i = 0; i < 3; ++i) {
    make_launch<WarpSum<1>>(device, {}, {in.data(), out.data()})();
    EXPECT_EQ(device.synchronize(), "");
    EXPECT_EQ(out[3], 528);
    out[3] = 0;
  }
}

}  // namespace
}  // namespace ergon::model
