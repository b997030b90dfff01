#include "kernels/cpu/topology.h"

#include <sys/utsname.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace ergon {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "32K", "8M": kernel's cacheinfo writes kibibytes, other units are read for made trees.
std::size_t parse_size(const std::string& text) {
  std::size_t size = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    size = size * 10 + static_cast<std::size_t>(text[i] - '0');
  }
  const char unit = i < text.size() ? text[i] : '\0';
  if (unit == 'K') return size << 10;
  if (unit == 'M') return size << 20;
  return unit == 'G' ? size << 30 : size;
}

std::string machine_name() {
  utsname name{};
  return uname(&name) == 0 ? std::string(name.machine) + " CPU" : "unknown CPU";
}

}  // namespace

std::vector<CacheLevel> sys_caches(std::span<const int> cpus, const std::string& root) {
  struct Level {
    std::size_t bytes = 0;
    std::set<std::string> shared;  // one entry per instance: the list of CPUs that share it
  };
  std::map<int, Level> levels;
  for (const int cpu : cpus) {
    for (int index = 0; index < 16; ++index) {
      const std::string folder =
          root + "/cpu" + std::to_string(cpu) + "/cache/index" + std::to_string(index) + "/";
      const std::string type = first_line(folder + "type");
      if (type.empty()) break;
      const std::size_t bytes = parse_size(first_line(folder + "size"));
      const std::size_t level = parse_size(first_line(folder + "level"));
      if (type == "Instruction" || bytes == 0 || level == 0) continue;
      Level& entry = levels[static_cast<int>(level)];
      entry.bytes = bytes;
      entry.shared.insert(first_line(folder + "shared_cpu_list"));
    }
  }
  std::vector<CacheLevel> caches;
  for (const auto& [level, entry] : levels) {
    caches.push_back({.name = "L" + std::to_string(level),
                      .bytes_each = entry.bytes,
                      .instances = static_cast<int>(entry.shared.size())});
  }
  return caches;
}

std::string cpu_name(const std::string& cpuinfo) {
  std::istringstream lines(cpuinfo);
  std::string name;
  std::set<std::string> sockets;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const std::string key = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    const std::string value = line.substr(colon + 2, line.find_last_not_of(' ') - colon - 1);
    if (key == "model name" && name.empty()) name = value;
    if (key == "physical id") sockets.insert(value);
  }
  if (name.empty()) name = machine_name();
  if (sockets.empty()) return name;
  const std::string count = std::to_string(sockets.size());
  return name + ", " + count + (sockets.size() == 1 ? " socket" : " sockets");
}

}  // namespace ergon
