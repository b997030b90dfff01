#include <gtest/gtest.h>

#include <array>
#include <string>

#include "kernels/kernel.h"

namespace ergon {
namespace {

const DeviceType* cuda_type() {
  for (const DeviceType* type : device::all()) {
    if (type->kind == DeviceKind::cuda) return type;
  }
  return nullptr;
}

// Null, with the test skipped, in a build without CUDA; and with why_not where there is no GPU.
class CudaDeviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (type_ == nullptr) GTEST_SKIP() << "this build has no CUDA";
    device_ = type_->open(0, why_not_);
  }
  const DeviceType* type_ = cuda_type();
  std::unique_ptr<Device> device_;
  std::string why_not_;
};

}  // namespace

TEST_F(CudaDeviceTest, OpensOrSaysWhyNotAsItsArchitectureDoes) {
  std::string why_not;
  const int sm = type_->architecture(why_not);
  if (device_ == nullptr) {
    EXPECT_EQ(why_not_.rfind("no GPU: ", 0), 0u) << why_not_;
    EXPECT_EQ(sm, 0);
    EXPECT_EQ(why_not, why_not_);
  } else {
    EXPECT_GE(sm, 50);
  }
}

TEST_F(CudaDeviceTest, WithoutAGpuEveryKernelSaysWhyNot) {
  if (device_ != nullptr) GTEST_SKIP() << "there is a GPU here";
  int kernels = 0;
  for (const Kernel* kernel : kernel::all()) {
    if (kernel->device != DeviceKind::cuda) continue;
    ++kernels;
    EXPECT_GT(kernel->requirement.sm_min, 0) << kernel_id(*kernel);
    EXPECT_EQ(kernel_unavailable(*kernel), why_not_) << kernel_id(*kernel);
  }
  EXPECT_GT(kernels, 0);
}

TEST_F(CudaDeviceTest, CopiesInAndOut) {
  if (device_ == nullptr) GTEST_SKIP() << why_not_;
  const Buffer buffer = device_->allocate(3, 0);
  const std::array in = {std::byte{1}, std::byte{2}, std::byte{3}};
  std::array<std::byte, 3> out = {std::byte{9}, std::byte{9}, std::byte{9}};
  device_->download(out, buffer);
  EXPECT_EQ(out, (std::array<std::byte, 3>{}));
  device_->upload(buffer, in);
  device_->download(out, buffer);
  EXPECT_EQ(out, in);
  EXPECT_EQ(device_->synchronize(), "");
}

TEST(Kernel, OfAGpuSaysWhichArchitectureItNeeds) {
  for (const Kernel* kernel : kernel::all()) {
    EXPECT_EQ(kernel->requirement.sm_min > 0, kernel->device == DeviceKind::cuda)
        << kernel_id(*kernel);
  }
}

}  // namespace ergon
