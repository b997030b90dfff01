#include "tests/harness/meter/made_tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "kernels/error.h"

namespace ergon {

namespace fs = std::filesystem;

MadeTree::MadeTree() {
  std::string name = (fs::temp_directory_path() / "ergon_tree_").string() + std::string(6, 'X');
  ERGON_ASSERT(mkdtemp(name.data()) != nullptr);
  root_ = name;
  fs::permissions(root_, fs::perms(0755));
}

MadeTree::~MadeTree() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void MadeTree::write(const std::string& path, std::string_view text) const {
  fs::create_directories((root_ / path).parent_path());
  // Without O_TRUNC: ext4 brings a file that was cut to nothing to the disk at close, in 10 ms.
  const int file = ::open((root_ / path).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  ERGON_ASSERT(file >= 0);
  ERGON_ASSERT(::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ERGON_ASSERT(::ftruncate(file, static_cast<off_t>(text.size())) == 0);
  ::close(file);
}

void MadeTree::write(const std::string& path, std::uint64_t number) const {
  write(path, std::to_string(number) + "\n");
}

void MadeTree::write_register(const std::string& path, std::uint64_t number,
                              std::uint64_t value) const {
  fs::create_directories((root_ / path).parent_path());
  const int file = ::open((root_ / path).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  ERGON_ASSERT(file >= 0);
  ERGON_ASSERT(::pwrite(file, &value, sizeof value, static_cast<off_t>(number)) == sizeof value);
  ::close(file);
}

void MadeTree::link(const std::string& path, const fs::path& target) const {
  fs::create_directories((root_ / path).parent_path());
  fs::create_symlink(target, root_ / path);
}

void MadeTree::remove(const std::string& path) const { fs::remove_all(root_ / path); }

void MadeTree::forbid(const std::string& path) const {
  fs::permissions(root_ / path, fs::perms::none);
}

void MadeTree::write_cpu(std::string_view vendor, int family, int model,
                         std::string_view flags) const {
  write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: " + std::string(vendor) + "\ncpu family\t: " +
                            std::to_string(family) + "\nmodel\t\t: " + std::to_string(model) +
                            "\nmodel name\t: A CPU 9000\nflags\t\t: " + std::string(flags) +
                            "\n\nprocessor\t: 1\n");
}

void MadeTree::place_cpu(int cpu, int package, int die) const {
  const std::string folder = "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
  write(folder + "physical_package_id", static_cast<std::uint64_t>(package));
  write(folder + "die_id", static_cast<std::uint64_t>(die));
}

std::unique_ptr<Meter> MadeTree::open(std::string_view type, std::string& why_not,
                                      Clock* clock) const {
  const MeterType* found = meter::named(type);
  ERGON_ASSERT(found != nullptr);
  return found->open({root_, {}, clock != nullptr ? clock : &steady_clock()}, why_not);
}

std::unique_ptr<Meter> MadeTree::open(std::string_view type, Clock* clock) const {
  std::string why_not;
  auto meter = open(type, why_not, clock);
  EXPECT_NE(meter, nullptr) << why_not;
  ERGON_ASSERT(meter != nullptr);
  return meter;
}

WithoutRights::WithoutRights() : was_root_(geteuid() == 0) {
  constexpr uid_t kNobody = 65534;
  if (was_root_) ERGON_ASSERT(seteuid(kNobody) == 0);
}

WithoutRights::~WithoutRights() {
  if (was_root_) ERGON_ASSERT(seteuid(0) == 0);
}

ShortLivedProcess::ShortLivedProcess() : pid_(fork()) {
  ERGON_ASSERT(pid_ >= 0);
  if (pid_ == 0) {
    pause();
    _exit(0);
  }
}

fs::path ShortLivedProcess::number_file() const {
  return "/proc/" + std::to_string(pid_) + "/oom_score";
}

void ShortLivedProcess::end() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

EnergyTally::EnergyTally(Meter& meter, std::string_view channel, std::int64_t seconds_apart)
    : meter_(meter),
      index_(index_of(meter, channel)),
      accumulator_(meter.channels()[index_]),
      readings_(meter.channels().size()),
      seconds_apart_(seconds_apart) {}

std::uint32_t EnergyTally::read() {
  std::fill(readings_.begin(), readings_.end(), Reading{});
  meter_.read(readings_);
  now_ns_ += seconds_apart_ * 1'000'000'000;
  return accumulator_.add(readings_[index_], now_ns_);
}

std::vector<Reading> read_all(Meter& meter) {
  std::vector<Reading> readings(meter.channels().size());
  meter.read(readings);
  return readings;
}

std::size_t index_of(const Meter& meter, std::string_view name) {
  for (std::size_t i = 0; i < meter.channels().size(); ++i) {
    if (meter.channels()[i].name == name) return i;
  }
  ADD_FAILURE() << "no channel " << name << " among " << channel_names(meter);
  ERGON_ASSERT(!"the channel is there");
  return 0;
}

const Channel& channel_of(const Meter& meter, std::string_view name) {
  return meter.channels()[index_of(meter, name)];
}

std::string channel_names(const Meter& meter) {
  std::string names;
  for (const Channel& channel : meter.channels()) {
    names += (names.empty() ? "" : " ") + channel.name;
  }
  return names;
}

}  // namespace ergon
