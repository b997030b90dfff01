#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "kernels/device.h"

namespace ergon {
namespace {

std::unique_ptr<Device> open_cpu() {
  std::string why_not;
  for (const DeviceType* type : device::all()) {
    if (type->name == "cpu") return type->open(0, why_not);
  }
  return nullptr;
}

}  // namespace

TEST(CpuDevice, AllocatesAlignedZeros) {
  const std::unique_ptr<Device> device = open_cpu();
  ASSERT_NE(device, nullptr);
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{1}, std::size_t{5000}, (std::size_t{5} << 20) + 3}) {
    const Buffer buffer = device->allocate(bytes, device->threads_max());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.get()) % 64, 0u);
    for (std::size_t i = 0; i < bytes; ++i) ASSERT_EQ(buffer.get()[i], std::byte{0});
  }
}

TEST(CpuDevice, CopiesInAndOut) {
  const std::unique_ptr<Device> device = open_cpu();
  const Buffer buffer = device->allocate(3, 1);
  const std::array in = {std::byte{1}, std::byte{2}, std::byte{3}};
  std::array<std::byte, 3> out = {};
  device->upload(buffer, in);
  device->download(out, buffer);
  EXPECT_EQ(in, out);
  EXPECT_EQ(device->synchronize(), "");
}

TEST(CpuDevice, SaysWhyThereIsNoSecond) {
  std::string why_not;
  EXPECT_EQ(device::all().front()->open(1, why_not), nullptr);
  EXPECT_EQ(why_not, "there is one cpu device, index 0, not 1");
}

TEST(CpuDevice, HasANameAndAThread) {
  const std::unique_ptr<Device> device = open_cpu();
  EXPECT_GE(device->threads_max(), 1);
  EXPECT_FALSE(device->name().empty());
  for (const CacheLevel& level : device->caches()) EXPECT_GT(level.bytes_each, 0u) << level.name;
}

}  // namespace ergon
