#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/config/sweep.h"
#include "harness/run/blocks.h"
#include "harness/run/desk.h"
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
};

// The cpu that points are run on. Throws Error where there is none.
[[nodiscard]] std::unique_ptr<Device> open_cpu();

// What begins a run here: identity, time, build, device; without channels.
[[nodiscard]] RunInfo make_run(const Sweep& conditions, const Device& device);

// Where threads that do not measure may stay: a CPU that no point uses; -1: there is none.
[[nodiscard]] int find_free_cpu(int threads_most);

// Measures what the desk gives, until it has no more or ends the run.
BlockTally run_part(const PartSetup& setup, Device& device, Desk& desk);

}  // namespace ergon
