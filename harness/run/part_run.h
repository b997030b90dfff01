#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/config/sweep.h"
#include "harness/meter/sampler.h"
#include "harness/run/blocks.h"
#include "harness/run/desk.h"
#include "harness/run/host_watch.h"
#include "kernels/device.h"

namespace ergon {

// What the one who measures a part of a sweep has to know of it beside its visits.
struct PartSetup {
  const Sweep& conditions;  // name, text, seed, protocol and meters count
  std::vector<Point> sentinels = {};
  int threads_most = 1;              // of any point that may come
  std::filesystem::path root = "/";  // where meters look for /sys and /proc
  std::string command_line = {};
  std::string unmetered = {};  // as MeterRefusal
  bool unmetered_of_all = false;
  std::string facts_name = {}, facts = {};  // as with_facts takes them
  std::string no_gpu = {};  // why points of a GPU that come all the same are not measured
};

// A device of this build's: the first of its kind; null, with the reason, where there is none.
[[nodiscard]] std::unique_ptr<Device> open_device(DeviceKind kind, std::string& why_not);
// The cpu that points are run on. Throws Error where there is none.
[[nodiscard]] std::unique_ptr<Device> open_cpu();

// What is known of a run before it measures: identity, time, build, device, and what opened of the
// meters; `closed`: why the others did not.
[[nodiscard]] RunInfo describe_run(const PartSetup& setup, const Device& device,
                                   const Sampler& sampler, const HostWatch& watch,
                                   const std::vector<std::string>& closed);

// Where threads that do not measure may stay: a CPU that no point uses; -1: there is none.
[[nodiscard]] int find_free_cpu(int threads_most);

// Measures what the desk gives, until it has no more or ends the run.
BlockTally run_part(const PartSetup& setup, Device& device, Desk& desk);

}  // namespace ergon
