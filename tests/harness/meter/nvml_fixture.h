#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/meter/meter.h"
#include "tests/harness/meter/fake_nvml.h"

namespace ergon::nvml {

inline constexpr char kUuidA[] = "GPU-aaaaaaaa-0000-0000-0000-00000000000a";
inline constexpr char kUuidB[] = "GPU-bbbbbbbb-0000-0000-0000-00000000000b";

// Virtual time that the fake driver follows.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(FakeNvml* driver) : driver_(driver) {}
  std::int64_t now_ns() noexcept override { return now_ns_; }
  void wait_until(std::int64_t time_ns) override {
    now_ns_ = std::max(now_ns_, time_ns);
    driver_->now_ns = now_ns_;
  }
  void advance_ms(std::int64_t ms) { wait_until(now_ns_ + ms * 1'000'000); }

 private:
  FakeNvml* driver_;
  std::int64_t now_ns_ = 0;
};

// A made root that holds the fake library, and its controls, reset for each test.
class NvmlTest : public testing::Test {
 protected:
  void SetUp() override { use(ERGON_FAKE_NVML); }
  void TearDown() override {
    ::unsetenv("CUDA_VISIBLE_DEVICES");
    ::unsetenv("ERGON_NVML_LIBRARY");
    EXPECT_EQ(driver->started, 0) << "an nvmlInit without its nvmlShutdown";
    ::dlclose(handle_);
    std::filesystem::remove_all(root);
  }

  void use(const char* library) {
    if (handle_ != nullptr) ::dlclose(handle_);
    root = std::filesystem::path(testing::TempDir()) / ("nvml-root-" + std::to_string(::getpid()));
    std::filesystem::remove_all(root);
    const std::filesystem::path folder = root / "usr/lib/x86_64-linux-gnu";
    std::filesystem::create_directories(folder);
    std::filesystem::create_symlink(library, folder / "libnvidia-ml.so.1");
    handle_ = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(handle_, nullptr) << ::dlerror();
    driver = reinterpret_cast<FakeNvmlControl>(::dlsym(handle_, "fake_nvml"))();
    *driver = FakeNvml{};
    clock = FakeClock(driver);
  }

  void set_field(std::uint32_t field, std::uint64_t value, std::uint32_t scope = kScopeGpu,
                 int gpu = 0) {
    driver->gpu[gpu].fields[field][scope].status = kSuccess;
    driver->gpu[gpu].fields[field][scope].value.as_ulonglong = value;
  }
  // An H100's answers: energy, instant and average power, heat counter.
  void make_h100(int gpu = 0) {
    driver->gpu[gpu].uuid = gpu == 0 ? kUuidB : kUuidA;
    set_field(kFieldEnergy, 5'000'000, kScopeGpu, gpu);
    set_field(kFieldPowerInstant, 350'000, kScopeGpu, gpu);
    set_field(kFieldPowerAverage, 340'000, kScopeGpu, gpu);
    set_field(kFieldLimitedByHeat, 77, kScopeGpu, gpu);
  }

  std::unique_ptr<Meter> open() { return open_with(279); }
  std::unique_ptr<Meter> open_with(double reasons_allowed) {
    MeterSite site{root, {{"reasons_allowed_mask", reasons_allowed}}, &clock};
    return meter::named("nvml")->open(site, why_not);
  }
  static std::vector<Reading> read(Meter& meter) {
    std::vector<Reading> readings(meter.channels().size());
    meter.read(readings);
    return readings;
  }
  static int find(const Meter& meter, std::string_view name) {
    for (std::size_t i = 0; i < meter.channels().size(); ++i) {
      if (meter.channels()[i].name == name) return static_cast<int>(i);
    }
    return -1;
  }
  static Reading read(Meter& meter, std::string_view name) {
    const int i = find(meter, name);
    return i < 0 ? Reading{.error = -1} : read(meter)[static_cast<std::size_t>(i)];
  }
  static const Channel& channel(const Meter& meter, std::string_view name) {
    return meter.channels()[static_cast<std::size_t>(find(meter, name))];
  }
  void add_file(const char* path, const char* text) {
    std::filesystem::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }

  std::filesystem::path root;
  FakeNvml* driver = nullptr;
  FakeClock clock{nullptr};
  std::string why_not;

 private:
  void* handle_ = nullptr;
};

}  // namespace ergon::nvml
