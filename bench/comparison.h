#pragma once

#include <string>
#include <vector>

#include "bench/contest.h"

namespace ergon {

// A run of `ergon_library_speed`: what it measured, where and how.
struct Comparison {
  std::vector<Contest> contests;
  int blocks = 0;
  bool random = false;  // shapes were drawn, and are judged by kRandomTarget

  std::string command_line;
  std::string sweep_text;               // YAML verbatim
  std::string started_utc;              // ISO 8601
  std::string device;                   // Device::name
  std::string build;                    // build_description
  std::string load_before, load_after;  // of the machine, as /proc/loadavg has it
  std::string provenance;               // provenance_json without the host
};

// Contenders whose output was wrong.
[[nodiscard]] std::vector<const Contender*> wrong_contenders(const Comparison& comparison);

// "BLIS 0.9.0", "oneDNN 2.6.3": of the peers that took part, sorted.
[[nodiscard]] std::vector<std::string> peer_versions(const Comparison& comparison);

}  // namespace ergon
