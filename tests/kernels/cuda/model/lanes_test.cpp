#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "tests/kernels/cuda/model/launch_lanes.h"

namespace ergon::model {
namespace {

constexpr std::uint64_t kSeeds = 20;

struct Indices {
  struct Arguments {
    int* seen;  // by block and thread: what their index functions gave, as one number
  };
  static constexpr int kThreads = 96, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    const int block = block_x() + blocks_x() * (block_y() + blocks_y() * block_z());
    const bool consistent = block_threads() == 96 && thread_index() % 32 == lane_index() &&
                            thread_index() / 32 == warp_index() && blocks_x() == 5 &&
                            blocks_y() == 3 && blocks_z() == 2;
    x.seen[96 * block + thread_index()] += consistent ? 1 : 1000;
  }
};

TEST(Lanes, EveryThreadOfEveryBlockRunsOnce) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::vector<int> seen(96 * 30);
    ASSERT_EQ(run_once<Indices>(seed, {.x = 5, .y = 3, .z = 2}, {seen.data()}), "");
    ASSERT_EQ(seen, std::vector<int>(96 * 30, 1));
  }
}

struct Shuffles {
  struct Arguments {
    float* from;       // lane 7 (lane + 3) mod 32
    int* exchanged;    // with lane ^ 5
    float* sum;        // of the warp
    int* any_and_all;  // of lane > 30, lane >= 0, lane > 31, lane < 31: one bit each
  };
  static constexpr int kThreads = 64, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    const int lane = lane_index(), thread = thread_index();
    x.from[thread] = shuffle(static_cast<float>(thread) + 0.5F, 7 * (lane + 3));
    x.exchanged[thread] = shuffle_xor(thread, 5);
    float sum = static_cast<float>(thread);
    for (int mask = 16; mask > 0; mask /= 2) sum += shuffle_xor(sum, mask);
    x.sum[thread] = sum;
    const bool bits[] = {any(lane > 30), all(lane >= 0), any(lane > 31), all(lane < 31)};
    x.any_and_all[thread] = 0;
    for (int i = 0; i < 4; ++i) x.any_and_all[thread] |= static_cast<int>(bits[i]) << i;
  }
};

TEST(Lanes, ShuffleWithinTheirWarp) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::vector<float> from(64), sum(64);
    std::vector<int> exchanged(64), any_and_all(64);
    ASSERT_EQ(run_once<Shuffles>(seed, {},
                                 {from.data(), exchanged.data(), sum.data(), any_and_all.data()}),
              "");
    for (std::size_t i = 0; i < 64; ++i) {
      const std::size_t warp = i / 32, lane = i % 32;
      ASSERT_EQ(from[i], static_cast<float>(32 * warp + 7 * (lane + 3) % 32) + 0.5F);
      ASSERT_EQ(exchanged[i], static_cast<int>(32 * warp + (lane ^ 5)));
      ASSERT_EQ(sum[i], static_cast<float>(32 * 31 / 2 + 32 * 32 * warp));
      ASSERT_EQ(any_and_all[i], 3);
    }
  }
}

struct Barriers {
  struct Arguments {
    int* sums;  // of both halves of the block, by thread
  };
  static constexpr int kThreads = 128, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    auto* values = reinterpret_cast<int*>(shared_memory());
    const int thread = thread_index(), half = thread / 64;
    if (thread >= 96) values[thread] = 1000;
    block_barrier();
    if (thread < 96) values[thread] = thread;
    group_barrier(1 + half, 64);
    int sum = 0;
    for (int i = 0; i < 64; ++i) sum += values[64 * half + i];
    x.sums[thread] = sum;
    if (thread < 32) return;  // those that ended are not waited for
    block_barrier();
    values[thread] = sum;
    warp_barrier();
    x.sums[thread] += values[thread ^ 1];
  }
};

TEST(Lanes, BarriersOrderWhatIsWritten) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::vector<int> sums(128);
    ASSERT_EQ(run_once<Barriers>(seed, {.shared_bytes = 512}, {sums.data()}), "");
    const int low = 64 * 63 / 2, high = (64 + 95) * 32 / 2 + 32 * 1000;
    for (std::size_t i = 0; i < 128; ++i) {
      ASSERT_EQ(sums[i], i < 32 ? low : (i < 64 ? 2 * low : 2 * high)) << i;
    }
  }
}

// Three groups of copies, of 4, 8 and 16 bytes, and one that is not valid.
struct Copies {
  struct Arguments {
    const float* from;  // 32 x 12
    float* to;          // 32 x 12
    int* nan;           // by thread: NaN found behind the wait for all groups but one
  };
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 80;
  static void run(const Arguments& x) {
    auto* mine = reinterpret_cast<float*>(shared_memory()) + 12 * thread_index();
    const float* from = x.from + 12 * thread_index();
    for (int i = 0; i < 12; ++i) mine[i] = 1;
    copy_async<4>(mine + 1, from + 1);
    copy_async<4>(mine, nullptr, false);
    commit_copies();
    copy_async<8>(mine + 2, from + 2);
    copy_async<16>(mine + 4, from + 4);
    commit_copies();
    copy_async<16>(mine + 8, from + 8);
    commit_copies();
    wait_copies<1>();
    for (int i = 0; i < 8; ++i) x.nan[thread_index()] += std::isnan(mine[i]) ? 1 : 0;
    wait_copies<0>();
    for (int i = 0; i < 12; ++i) x.to[12 * thread_index() + i] = mine[i];
  }
};

TEST(Lanes, CopiesHaveLandedBehindTheirWait) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::vector<float> from(384), to(384);
    std::vector<int> nan(32);
    std::iota(from.begin(), from.end(), 1.0F);
    ASSERT_EQ(
        run_once<Copies>(seed, {.shared_bytes = 384 * 4}, {from.data(), to.data(), nan.data()}),
        "");
    for (std::size_t i = 0; i < 384; i += 12) from[i] = 0;
    ASSERT_EQ(to, from);
    ASSERT_EQ(nan, std::vector<int>(32));
  }
}

struct Atomics {
  struct Arguments {
    float* sum;
    int* count;
    int* most;
    int* before;  // each thread's place in the order
  };
  static constexpr int kThreads = 64, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    (void)atomic_add(x.sum, 0.5F);
    x.before[atomic_add(x.count, 1)] += 1;
    (void)atomic_max(x.most, 100 * block_x() + thread_index());
  }
};

TEST(Lanes, AtomicsLoseNothing) {
  float sum = 1;
  int count = 0, most = -5;
  std::vector<int> before(64 * 7);
  ASSERT_EQ(run_once<Atomics>(3, {.x = 7}, {&sum, &count, &most, before.data()}), "");
  EXPECT_EQ(sum, 1 + 32 * 7);
  EXPECT_EQ(count, 64 * 7);
  EXPECT_EQ(most, 663);
  EXPECT_EQ(before, std::vector<int>(64 * 7, 1));
}

struct Functions {
  struct Arguments {
    const float* in;
    float* exp2;  // exp2_fast and so on of in
    float* tanh;
    float* rsqrt;
    float* quotient;  // 3 / in
    int count;
  };
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 75;
  static void run(const Arguments& x) {
    for (int i = thread_index(); i < x.count; i += kThreads) {
      x.exp2[i] = exp2_fast(x.in[i]);
      x.tanh[i] = tanh_fast(x.in[i]);
      x.rsqrt[i] = rsqrt_fast(x.in[i]);
      x.quotient[i] = divide_fast(3.0F, x.in[i]);
    }
  }
};

double ulps(float value, double exact) {
  const int exponent = std::ilogb(exact);
  return std::abs(value - exact) / std::ldexp(1.0, exponent - 23);
}

TEST(Lanes, FastFunctionsErrAsMuchAsTheyMayAndNoMore) {
  std::vector<float> in;
  for (int i = 1; i < 3000; ++i) in.push_back(static_cast<float>(i) * 0.01F);
  std::vector<float> exp2(in.size()), tanh(in.size()), rsqrt(in.size()), quotient(in.size());
  ASSERT_EQ(run_once<Functions>(1, {},
                                {in.data(), exp2.data(), tanh.data(), rsqrt.data(), quotient.data(),
                                 static_cast<int>(in.size())}),
            "");
  double most[4] = {};
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double x = in[i];
    most[0] = std::max(most[0], ulps(exp2[i], std::exp2(x)));
    most[1] = std::max(most[1], std::abs(tanh[i] / std::tanh(x) - 1) * 0x1p11);
    most[2] = std::max(most[2], ulps(rsqrt[i], 1 / std::sqrt(x)));
    most[3] = std::max(most[3], ulps(quotient[i], 3 / x));
  }
  for (const double error : {most[0], most[2], most[3]}) {
    EXPECT_GT(error, 1.5);
    EXPECT_LE(error, 2);
  }
  EXPECT_GT(most[1], 0.99);
  EXPECT_LE(most[1], 1.001);
}

TEST(Lanes, FastFunctionsAreExactWhereHardwareIs) {
  const float inf = INFINITY;
  std::vector<float> in = {0.0F, inf, -inf, NAN, 0x1p127F, -200.0F};
  std::vector<float> exp2(6), tanh(6), rsqrt(6), quotient(6);
  ASSERT_EQ(run_once<Functions>(
                1, {}, {in.data(), exp2.data(), tanh.data(), rsqrt.data(), quotient.data(), 6}),
            "");
  EXPECT_EQ(std::vector<float>(exp2.begin(), exp2.begin() + 3), (std::vector<float>{1, inf, 0}));
  EXPECT_EQ(exp2[5], 0);
  EXPECT_EQ(std::vector<float>(tanh.begin(), tanh.begin() + 3), (std::vector<float>{0, 1, -1}));
  EXPECT_EQ(rsqrt[0], inf);
  EXPECT_EQ(rsqrt[1], 0);
  EXPECT_EQ(quotient[0], inf);
  EXPECT_EQ(quotient[4], 0);  // past 2^126
  for (const float nan : {exp2[3], tanh[3], rsqrt[2], rsqrt[3], quotient[3]}) {
    EXPECT_TRUE(std::isnan(nan));
  }
}

struct Clock {
  struct Arguments {
    std::uint64_t* spent;
  };
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    const std::uint64_t begin = nanoseconds();
    while (nanoseconds() < begin + 100000) {
    }
    x.spent[thread_index()] = nanoseconds() - begin;
  }
};

TEST(Lanes, WaitsByTheClockEnd) {
  std::vector<std::uint64_t> spent(32);
  ASSERT_EQ(run_once<Clock>(1, {}, {spent.data()}), "");
  for (const std::uint64_t each : spent) EXPECT_GE(each, 100000U);
}

}  // namespace
}  // namespace ergon::model
