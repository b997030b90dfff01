#include <gtest/gtest.h>

#include "tests/kernels/cuda/model/launch_lanes.h"

// Each of them names the thread, the place and what is wrong.
namespace ergon::model {
namespace {

// Lane 5 of the second warp does not come.
template <bool kEnds>
struct LaneElsewhere {
  using Arguments = Pointers;
  static constexpr int kThreads = 64, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    if (thread_index() == 37) {
      if constexpr (!kEnds) block_barrier();
      return;
    }
    x.out[thread_index()] = shuffle(1.0F, 0);
    block_barrier();
  }
};

TEST(Report, SaysWhereEachThreadIsWhenNoneCanGoOn) {
  const std::string ended = error_of<LaneElsewhere<true>>(0);
  EXPECT_TRUE(has(ended, "no thread can go on")) << ended;
  EXPECT_TRUE(has(ended, "threads 0 to 31: waits in block_barrier")) << ended;
  EXPECT_TRUE(has(ended, "threads 32 to 36: waits in shuffle")) << ended;
  EXPECT_TRUE(has(ended, "report_test.cpp:")) << ended;
  EXPECT_TRUE(has(ended, "thread 37: ended")) << ended;
  EXPECT_TRUE(has(ended, "(seed 1, launch 1)")) << ended;
  const std::string waits = error_of<LaneElsewhere<false>>(0);
  EXPECT_TRUE(has(waits, "thread 37: waits in block_barrier")) << waits;
}

TEST(Report, SaysThatLanesAreInDifferentPlaces) {
  const std::string error = error_of<LanesApart>(0);
  EXPECT_TRUE(has(error, "lanes of a warp are in different places")) << error;
}

struct PartOfAWarp {
  using Arguments = Pointers;
  static constexpr int kThreads = 64, kBlocks = 1, kSm = 53;
  static void run(const Arguments&) {
    if (thread_index() % 2 == 0) group_barrier(3, 32);
  }
};

TEST(Report, SaysThatAGroupIsNotOfWholeWarps) {
  const std::string error = error_of<PartOfAWarp>(0);
  EXPECT_TRUE(has(error, "not of whole warps")) << error;
}

enum class Misuse { load, store, copy_to, copy_from, row, row_outside, copy_outside, old, mask };
template <Misuse kMisuse>
struct Misused {
  using Arguments = Pointers;
  static constexpr int kThreads = 32, kBlocks = 1, kSm = kMisuse == Misuse::old ? 75 : 80;
  static void run(const Arguments& x) {
    struct alignas(4) Four {
      float values[4];
    };
    float* shared = shared_floats();
    std::uint32_t r[4];
    if constexpr (kMisuse == Misuse::load) {
      x.out[0] = load_once(reinterpret_cast<const Four*>(x.in + 1)).values[0];
    } else if constexpr (kMisuse == Misuse::store) {
      store_once(reinterpret_cast<Four*>(x.out + 2), Four{});
    } else if constexpr (kMisuse == Misuse::copy_to) {
      copy_async<8>(shared + 1, x.in);
    } else if constexpr (kMisuse == Misuse::copy_from) {
      copy_async<16>(shared, x.in + 2);
    } else if constexpr (kMisuse == Misuse::row) {
      load_matrices(r, shared + 2);
    } else if constexpr (kMisuse == Misuse::row_outside) {
      load_matrices(r, shared + 4 * lane_index() + 4);
    } else if constexpr (kMisuse == Misuse::copy_outside) {
      copy_async<16>(shared + 128, x.in);
    } else if constexpr (kMisuse == Misuse::old) {
      copy_async<4>(shared, x.in);
    } else {
      (void)shuffle_xor(1, 32);
    }
  }
};

template <Misuse kMisuse>
void expect_error(const char* part) {
  const std::string error = error_of<Misused<kMisuse>>(512);
  EXPECT_TRUE(has(error, part)) << error;
  EXPECT_TRUE(has(error, "report_test.cpp:")) << error;
}

TEST(Report, SaysWhichAddressesAreWrong) {
  expect_error<Misuse::load>("no multiple of 16");
  expect_error<Misuse::store>("no multiple of 16");
  expect_error<Misuse::copy_to>("no multiple of 8");
  expect_error<Misuse::copy_from>("no multiple of 16");
  expect_error<Misuse::row>("no multiple of 16");
  expect_error<Misuse::row_outside>("16 bytes at offset 512 are not in the block's 512 bytes");
  expect_error<Misuse::copy_outside>("16 bytes at offset 512 are not in the block's 512 bytes");
}

TEST(Report, SaysWhatAnArchitectureLacks) {
  expect_error<Misuse::old>("needs sm_80, but the kernel says sm_75");
  expect_error<Misuse::mask>("the mask 32 leaves the warp");
}

// A lane reads by ldmatrix what another wrote or copied. All have come so far, but a shuffle orders
// no memory.
template <bool kCopied>
struct Rows {
  using Arguments = Pointers;
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 80;
  static void run(const Arguments& x) {
    const int lane = lane_index();
    if constexpr (kCopied) {
      copy_async<16>(shared_floats() + 4 * lane, x.in + 4 * lane);
      wait_copies<0>();
    } else {
      for (int i = 0; i < 4; ++i) shared_floats()[4 * lane + i] = x.in[4 * lane + i];
    }
    (void)shuffle(lane, 0);
    std::uint32_t r[4];
    load_matrices(r, shared_floats() + 4 * (lane ^ 1));
    x.out[lane] = static_cast<float>(r[0] + r[1] + r[2] + r[3]);
  }
};

TEST(Report, SaysWhatNoBarrierOrders) {
  const std::string copied = error_of<Rows<true>>(512);
  EXPECT_TRUE(has(copied, "in load_matrices (")) << copied;
  EXPECT_TRUE(has(copied, "is copying: it has not waited for that copy")) << copied;
#if defined(__SANITIZE_THREAD__)
  const std::string written = error_of<Rows<false>>(512);
  EXPECT_TRUE(has(written, "in load_matrices (")) << written;
  EXPECT_TRUE(has(written, "and no barrier lies between")) << written;
  EXPECT_TRUE(has(written, "addr2line")) << written;
#endif
}

}  // namespace
}  // namespace ergon::model
