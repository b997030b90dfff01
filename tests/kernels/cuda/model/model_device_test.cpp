#include "kernels/cuda/model/model_device.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <thread>
#include <vector>

#include "kernels/cpu/member.h"
#include "kernels/error.h"
#include "tests/kernels/cuda/model/launch_lanes.h"

namespace ergon::model {
namespace {

struct Store {
  struct Arguments {
    float* out;
  };
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 80;
  static void run(const Arguments& x) {
    if (thread_index() == 0) x.out[block_x()] = 1;
  }
};

std::string prepare_error(CudaDevice& device, int shared_bytes) {
  try {
    (void)make_launch<Store>(device, {.shared_bytes = shared_bytes}, {nullptr});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ModelDevice, AllocatesAlignedZeros) {
  ModelDevice device(1);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{5000}}) {
    const Buffer buffer = device.allocate(bytes, 0);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.get()) % 256, 0U);
    for (std::size_t i = 0; i < bytes; ++i) ASSERT_EQ(buffer.get()[i], std::byte{0});
  }
}

TEST(ModelDevice, CopiesInAndOut) {
  ModelDevice device(1);
  const Buffer buffer = device.allocate(3, 0);
  const std::array in = {std::byte{1}, std::byte{2}, std::byte{3}};
  std::array<std::byte, 3> out = {};
  device.upload(buffer, in);
  device.download(out, buffer);
  EXPECT_EQ(in, out);
  EXPECT_EQ(device.synchronize(), "");
}

TEST(ModelDevice, GrantsTheSharedMemoryThatItHas) {
  ModelDevice device(1);
  EXPECT_EQ(prepare_error(device, 227 << 10), "");
  EXPECT_EQ(prepare_error(device, (227 << 10) + 1),
            "functional model of sm_90 cannot run a kernel with 232449 bytes of shared memory a "
            "block; it has 232448");
}

TEST(ModelDevice, RunsNoCodeOfALaterArchitecture) {
  CudaProperties old = model_properties();
  old.sm = 75;
  ModelDevice device(1, old);
  EXPECT_EQ(prepare_error(device, 0), "functional model of sm_90 cannot run a kernel for sm_80");
}

TEST(ModelDevice, TellsTheFirstErrorAndThenRunsAgain) {
  ModelDevice device(7);
  float out[2] = {};
  const Launch good = make_launch<Store>(device, {.x = 2}, {out});
  const Launch bad = make_launch<Store>(device, {.y = 65536}, {out});
  const Launch worse = make_launch<Store>(device, {.x = 0}, {out});
  bad();
  worse();
  good();
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(device.synchronize(),
            "functional model of sm_90: a launch failed: a grid of 1 x 65536 x 1 blocks cannot be "
            "launched (seed 7, launch 1)");
  good();
  EXPECT_EQ(device.synchronize(), "");
  EXPECT_EQ(out[0] + out[1], 2);
}

struct WidenSmallest {
  struct Arguments {
    const F16* in;
    float* out;
  };
  static constexpr int kThreads = 32, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) { x.out[thread_index()] = widen(x.in[thread_index()]); }
};

TEST(ModelDevice, KeepsSubnormalNumbersAfterATeamOfCpus) {
  ModelDevice device(1);
  const std::vector<F16> in(32, static_cast<F16>(1));
  float out[32] = {};
  const Launch launch = make_launch<WidenSmallest>(device, {}, {in.data(), out});
  std::thread member([&] {
    become_member(0);
    launch();
  });
  member.join();
  EXPECT_EQ(device.synchronize(), "");
  EXPECT_EQ(out[0], 0x1p-24F);
}

struct KeepOrder {
  struct Arguments {
    int* place;
    int* order;  // of threads, as they came
  };
  static constexpr int kThreads = 128, kBlocks = 1, kSm = 53;
  static void run(const Arguments& x) {
    for (int i = 0; i < 3; ++i) {
      x.order[atomic_add(x.place, 1)] = thread_index();
      block_barrier();
    }
  }
};

std::vector<int> order_of(ModelDevice& device) {
  int place = 0;
  std::vector<int> order(128 * 3);
  make_launch<KeepOrder>(device, {}, {&place, order.data()})();
  EXPECT_EQ(device.synchronize(), "");
  return order;
}

TEST(ModelDevice, RepeatsItselfBySeedAndVariesByLaunch) {
  ModelDevice first(4), again(4), other(5);
  const std::vector<int> order = order_of(first);
  EXPECT_EQ(order, order_of(again));
  EXPECT_NE(order, order_of(other));
  EXPECT_NE(order, order_of(first));
  first.reseed(4);
  EXPECT_EQ(order, order_of(first));
}

}  // namespace
}  // namespace ergon::model
