#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/meter/accumulator.h"
#include "harness/meter/meter.h"

namespace ergon {

// A made /sys, /proc and /dev under a temporary folder, gone with its owner. Paths are relative to
// it: "sys/class/hwmon/hwmon0/name". Anyone may read it.
class MadeTree {
 public:
  MadeTree();
  ~MadeTree();
  MadeTree(const MadeTree&) = delete;
  MadeTree& operator=(const MadeTree&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  // Writes a file with the text, making its folders. A file that is there keeps its inode, so that
  // a meter which has it open reads the new text, as in sysfs.
  void write(const std::string& path, std::string_view text) const;
  // write() of the number and a line's end.
  void write(const std::string& path, std::uint64_t number) const;
  // Eight bytes at an offset of a sparse file: a model-specific register.
  void write_register(const std::string& path, std::uint64_t number, std::uint64_t value) const;
  void link(const std::string& path, const std::filesystem::path& target) const;
  void remove(const std::string& path) const;
  // Nobody but root may read it then.
  void forbid(const std::string& path) const;

  // proc/cpuinfo of one CPU. `flags`: "fpu sgx".
  void write_cpu(std::string_view vendor, int family, int model, std::string_view flags) const;
  // sys/devices/system/cpu/cpu<N>/topology.
  void place_cpu(int cpu, int package, int die) const;

  // The meter of a type on this tree by the clock given, else the steady clock.
  [[nodiscard]] std::unique_ptr<Meter> open(std::string_view type, std::string& why_not,
                                            Clock* clock = nullptr) const;
  // The same where it must open: a failed expectation with the reason where it does not.
  [[nodiscard]] std::unique_ptr<Meter> open(std::string_view type, Clock* clock = nullptr) const;

 private:
  std::filesystem::path root_;
};

// As long as it lives, this thread has no more rights than the user "nobody": what is forbidden to
// users is forbidden to a test that root runs.
class WithoutRights {
 public:
  WithoutRights();
  ~WithoutRights();

 private:
  bool was_root_;
};

// A process whose files in /proc vanish when told to: they then read as ESRCH, as those of a driver
// that is unloaded read as ENODEV.
class ShortLivedProcess {
 public:
  ShortLivedProcess();
  ~ShortLivedProcess() { end(); }
  ShortLivedProcess(const ShortLivedProcess&) = delete;
  ShortLivedProcess& operator=(const ShortLivedProcess&) = delete;

  // A file of a decimal number and a line's end.
  [[nodiscard]] std::filesystem::path number_file() const;
  void end();

 private:
  int pid_ = -1;
};

// One channel of a meter with the accumulator that the sampler would give it.
class EnergyTally {
 public:
  // Readings are `seconds_apart`: time for a package to draw half the range of any counter.
  EnergyTally(Meter& meter, std::string_view channel, std::int64_t seconds_apart = 1000);
  // Reads the meter once; the WindowFault bits that the channel's reading shows.
  std::uint32_t read();
  [[nodiscard]] double joules() const { return accumulator_.energy().value; }
  [[nodiscard]] const Reading& last() const { return readings_[index_]; }

 private:
  Meter& meter_;
  std::size_t index_;
  Accumulator accumulator_;
  std::vector<Reading> readings_;
  std::int64_t seconds_apart_;
  std::int64_t now_ns_ = 0;
};

// Reads all channels once.
[[nodiscard]] std::vector<Reading> read_all(Meter& meter);

// The channel of a name, which must be there.
[[nodiscard]] const Channel& channel_of(const Meter& meter, std::string_view name);
[[nodiscard]] std::size_t index_of(const Meter& meter, std::string_view name);

// The names of a meter's channels, joined by spaces.
[[nodiscard]] std::string channel_names(const Meter& meter);

}  // namespace ergon
