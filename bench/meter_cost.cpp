// What one reading of each meter costs, on made files in place of the hardware's: the calls, the
// parsing and the copying are the real ones, the hardware's own latency is not in it. Then what the
// sampling thread itself takes that reads one of them at 10 Hz. Exits 1 where that is 0.1 % of a
// core or more.
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "harness/clock.h"
#include "harness/meter/edge_finder.h"
#include "harness/meter/meter.h"
#include "harness/meter/sampler.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

constexpr double kSamplingHz = 10;
constexpr double kShareMax = 1e-3;  // of a core
constexpr SamplingPeriods kSamplingPeriods{.power = {1 / kSamplingHz}, .energy = {1 / kSamplingHz}};
constexpr int kRepeats = 9, kReads = 1000;

// A temporary folder of made files.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "ergon_cost_").string() + std::string(6, 'X');
    if (mkdtemp(name.data()) != nullptr) root = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (!root.empty()) fs::remove_all(root, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text << "\n";
  }

  fs::path root;
};

void write_cpus(const Folder& folder) {
  folder.write("proc/cpuinfo",
               "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nflags\t\t: msr\n");
  for (const char* const cpu : {"0", "1"}) {
    folder.write(std::string("sys/devices/system/cpu/cpu") + cpu + "/topology/physical_package_id",
                 cpu);
  }
}

void write_zone(const Folder& folder, const std::string& zone, const std::string& name) {
  const std::string path = "sys/class/powercap/" + zone;
  folder.write(path + "/name", name);
  folder.write(path + "/energy_uj", "123456789012");
  folder.write(path + "/max_energy_range_uj", "262143328850");
}

void write_powercap(const Folder& folder) {
  write_zone(folder, "intel-rapl:0", "package-0");
  write_zone(folder, "intel-rapl:0:0", "dram");
  write_zone(folder, "intel-rapl:1", "package-1");
  write_zone(folder, "intel-rapl:1:0", "dram");
}

void write_msr(const Folder& folder) {
  constexpr std::uint64_t kUnits = 0xA0E03, kEnergy = 123456789;
  for (const char* const cpu : {"0", "1"}) {
    const fs::path file = folder.root / "dev/cpu" / cpu / "msr";
    fs::create_directories(file.parent_path());
    std::fstream stream(file, std::ios::out | std::ios::binary);
    for (const auto& [number, value] : {std::pair(0x606, kUnits), std::pair(0x611, kEnergy),
                                        std::pair(0x619, kEnergy), std::pair(0x639, kEnergy)}) {
      stream.seekp(number);
      stream.write(reinterpret_cast<const char*>(&value), sizeof value);
    }
  }
}

void write_hwmon(const Folder& folder) {
  const std::string chip = "sys/class/hwmon/hwmon0/";
  folder.write(chip + "name", "ina3221");
  for (const std::string rail : {"1", "2", "3"}) {
    folder.write(chip + "in" + rail + "_label", "VDD_" + rail);
    folder.write(chip + "in" + rail + "_input", "5000");
    folder.write(chip + "curr" + rail + "_input", "1234");
  }
}

void write_cray(const Folder& folder) {
  const std::string counters = "sys/cray/pm_counters/";
  for (const char* const file : {"freshness", "startup", "generation"}) {
    folder.write(counters + file, "1234567");
  }
  for (const char* const file : {"energy", "cpu_energy", "memory_energy", "accel0_energy",
                                 "accel1_energy", "accel2_energy", "accel3_energy"}) {
    folder.write(counters + file, "123456789 J 1700000000000000 us");
  }
}

// The one PMU that every kernel has, software, in place of the power PMU: the system call and the
// kernel's own counting are real, the energy is not.
void write_perf(const Folder& folder) {
  const std::string pmu = "sys/bus/event_source/devices/power/";
  folder.write(pmu + "type", "1");
  folder.write(pmu + "cpumask", "0");
  folder.write(pmu + "events/energy-pkg", "event=0x00");
  folder.write(pmu + "events/energy-pkg.unit", "Joules");
  folder.write(pmu + "events/energy-pkg.scale", "1e-9");
}

struct Case {
  const char* meter;
  const char* stands_for;
  void (*write)(const Folder& folder);
};
constexpr Case kCases[] = {
    {"perf", "a software event", write_perf},
    {"powercap", "two packages with DRAM", write_powercap},
    {"msr", "two packages with cores and DRAM", write_msr},
    {"hwmon", "an INA3221 of three rails", write_hwmon},
    {"cray_pm", "a node of seven counters", write_cray},
};

// Nanoseconds of one reading of all channels: the median over repeats.
double cost_ns(Meter& meter) {
  std::vector<Reading> readings(meter.channels().size());
  std::vector<double> costs;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const std::int64_t begin_ns = steady_clock().now_ns();
    for (int i = 0; i < kReads; ++i) meter.read(readings);
    costs.push_back(static_cast<double>(steady_clock().now_ns() - begin_ns) / kReads);
  }
  std::nth_element(costs.begin(), costs.begin() + kRepeats / 2, costs.end());
  return costs[kRepeats / 2];
}

// The share of a core that a sampling thread takes which reads this meter at 10 Hz: waking up,
// reading with cold caches, unwrapping and tracing, from the thread's own CPU time. What starting
// it took is left out.
double sampling_share(std::unique_ptr<Meter> meter) {
  std::vector<std::unique_ptr<Meter>> meters;
  meters.push_back(std::move(meter));
  const auto sampler = start_sampler(std::move(meters), -1, kSamplingPeriods);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const SamplingCost begin = sampler->cost();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const SamplingCost end = sampler->cost();
  return (end.cpu - begin.cpu).value / (end.elapsed - begin.elapsed).value;
}

// What a thread takes that wakes at 10 Hz and does nothing: on a virtual machine most of the above.
double waking_share() {
  double share = 0;
  std::jthread([&share] {
    const auto cpu_s = [] {
      timespec time{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    };
    const double begin_s = cpu_s();
    for (int i = 0; i < kSamplingHz; ++i) {
      std::this_thread::sleep_for(std::chrono::duration<double>(1 / kSamplingHz));
    }
    share = cpu_s() - begin_s;
  }).join();
  return share;
}

// What sampling it adds to waking, as a share of a core; nothing where the meter does not open.
std::optional<double> print_cost(const Case& made, double waking) {
  const Folder folder;
  write_cpus(folder);
  made.write(folder);
  std::string why_not;
  auto meter = open_meter(*meter::named(made.meter), {}, folder.root, why_not);
  if (!meter) {
    fmt::print("{:<10}not here: {}\n", made.meter, why_not);
    return std::nullopt;
  }
  const auto channels = meter->channels().size();
  const double ns = cost_ns(*meter);
  const double share = sampling_share(std::move(meter));
  fmt::print("{:<10}{:>10}{:>12.0f}{:>12.0f}{:>13.4f}%{:>13.4f}%  {}\n", made.meter, channels, ns,
             ns / static_cast<double>(channels), ns * 1e-9 * kSamplingHz * 100, share * 100,
             made.stands_for);
  return share - waking;
}

int print_costs() {
  fmt::print("cost of a reading, on made files: without the hardware's own latency\n");
  fmt::print("{:<10}{:>10}{:>12}{:>12}{:>14}{:>14}  {}\n", "meter", "channels", "ns/reading",
             "ns/channel", "core at 10 Hz", "its thread", "on");
  const double waking = waking_share();
  double added_max = 0;
  bool all_open = true;
  for (const Case& made : kCases) {
    const std::optional<double> added = print_cost(made, waking);
    all_open = all_open && added;
    added_max = std::max(added_max, added.value_or(0));
  }
  fmt::print(
      "its thread: CPU time of the sampling thread at 10 Hz; one that only wakes: {:.4f} %\n"
      "sampling adds to that {} 0.1 % of a core\n",
      waking * 100, added_max < kShareMax ? "less than" : "MORE than");
  return all_open ? 0 : 1;
}

}  // namespace
}  // namespace ergon

int main() { return ergon::print_costs(); }
