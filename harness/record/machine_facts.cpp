#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/utsname.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "harness/record/facts.h"
#include "harness/record/file.h"
#include "harness/sha256.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string trimmed(std::string text) {
  const std::size_t end = text.find_last_not_of(" \t\n\r");
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text.substr(std::min(text.size(), text.find_first_not_of(" \t\n\r")));
}

// An integer where the text is one, so that readers need not convert; else the text.
json value_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && stopped == text.data() + text.size()) return number;
  return text;
}

// Reads files under a root, and remembers those that are there and cannot be read.
class Files {
 public:
  explicit Files(fs::path root) : root_(std::move(root)) {}

  std::optional<std::string> text(const fs::path& path) {
    errno = 0;
    std::ifstream stream(root_ / path);
    std::ostringstream content;
    if (stream && stream.peek() != std::ifstream::traits_type::eof()) content << stream.rdbuf();
    const int error = errno;
    if (stream.is_open() && !content.str().empty()) return trimmed(content.str());
    if (error != 0 && error != ENOENT && error != ENOTDIR) {
      unreadable_[("/" / path).string()] = error_text(error);
    }
    return std::nullopt;
  }

  // Sets to[name] where the file is there.
  void put(json& to, const char* name, const fs::path& path) {
    if (const auto found = text(path)) to[name] = value_of(*found);
  }

  // The same for lists, which are numbers only where they have one entry.
  void put_text(json& to, const char* name, const fs::path& path) {
    if (const auto found = text(path)) to[name] = *found;
  }

  // Names in a folder that begin with `prefix`, sorted.
  [[nodiscard]] std::vector<std::string> names(const fs::path& folder,
                                               std::string_view prefix) const {
    std::vector<std::string> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(root_ / folder, none)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(prefix)) found.push_back(name);
    }
    std::ranges::sort(found);
    return found;
  }

  // The different contents of `file` in all `folder`/`prefix`*: one where all are alike.
  void put_all(json& to, const char* name, const fs::path& folder, std::string_view prefix,
               const fs::path& file) {
    std::set<json> values;
    for (const std::string& each : names(folder, prefix)) {
      const auto found = text(folder / each / file);
      if (found) values.insert(value_of(*found));
    }
    if (!values.empty()) to[name] = values;
  }

  [[nodiscard]] bool exists(const fs::path& path) const {
    std::error_code none;
    return fs::exists(root_ / path, none);
  }

  [[nodiscard]] const json& unreadable() const { return unreadable_; }

 private:
  fs::path root_;
  json unreadable_ = json::object();
};

// "name : value" or "name=value" lines, as of /proc/cpuinfo or /etc/os-release.
std::optional<std::string> field(const std::string& text, std::string_view name, char separator) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find(separator);
    if (at != std::string::npos && trimmed(line.substr(0, at)) == name) {
      return trimmed(line.substr(at + 1));
    }
  }
  return std::nullopt;
}

json kernel_facts() {
  utsname names{};
  if (uname(&names) != 0) return json::object();
  return {{"system", names.sysname},
          {"release", names.release},
          {"version", names.version},
          {"machine", names.machine}};
}

// What the kernel's clock discipline says: that a daemon keeps it, and how far off it may be.
json clock_facts() {
  timex state{};
  const int status = adjtimex(&state);
  return {{"synchronized", status >= 0 && (state.status & STA_UNSYNC) == 0},
          {"error_max_us", state.maxerror}};
}

// Boot parameters whose names do not look like a secret's.
std::string without_secrets(const std::string& parameters) {
  std::istringstream words(parameters);
  std::string kept;
  for (std::string word; words >> word;) {
    if (!may_be_secret(word.substr(0, word.find('=')))) kept += (kept.empty() ? "" : " ") + word;
  }
  return kept;
}

std::string container_of(const Files& files, const std::string& cgroup) {
  if (files.exists(".dockerenv")) return "docker";
  if (files.exists("run/.containerenv")) return "podman";
  if (files.exists(".singularity.d")) return "apptainer";
  for (const char* name : {"kubepods", "lxc", "docker"}) {
    if (cgroup.find(name) != std::string::npos) return name;
  }
  return "none found";
}

json host_facts(Files& files) {
  json host{{"kernel", kernel_facts()}, {"clock", clock_facts()}};
  utsname names{};
  if (uname(&names) == 0) host["hostname"] = names.nodename;
  if (const auto id = files.text("etc/machine-id")) host["machine_id_sha256"] = sha256(*id);
  for (const char* name : {"sys_vendor", "product_name", "product_version", "board_vendor",
                           "board_name", "bios_vendor", "bios_version", "bios_date"}) {
    files.put(host, name, fs::path("sys/class/dmi/id") / name);
  }
  if (const auto line = files.text("proc/cmdline")) host["cmdline"] = without_secrets(*line);
  if (const auto release = files.text("etc/os-release")) {
    std::string name = field(*release, "PRETTY_NAME", '=').value_or("");
    std::erase(name, '"');
    host["distribution"] = name;
  }
  const std::string cgroup = files.text("proc/self/cgroup").value_or("");
  host["cgroup"] = cgroup;
  host["container"] = container_of(files, cgroup);
  files.put(host, "xname", "etc/cray/xname");
  files.put(host, "loadavg", "proc/loadavg");
  if (const auto uptime = files.text("proc/uptime")) {
    host["uptime_s"] = uptime->substr(0, uptime->find(' '));
  }
  if (const auto memory = files.text("proc/meminfo")) {
    for (const char* name : {"MemTotal", "MemAvailable", "HugePages_Total", "Hugepagesize"}) {
      if (const auto value = field(*memory, name, ':')) host["memory"][name] = *value;
    }
  }
  return host;
}

void put_cpuinfo(json& cpu, const std::string& cpuinfo) {
  for (const auto& [name, label] : {std::pair{"vendor", "vendor_id"},
                                    {"family", "cpu family"},
                                    {"model", "model"},
                                    {"model_name", "model name"},
                                    {"stepping", "stepping"},
                                    {"microcode", "microcode"}}) {
    if (const auto value = field(cpuinfo, label, ':')) cpu[name] = value_of(*value);
  }
  const auto flags = field(cpuinfo, "flags", ':');
  if (!flags) return;
  cpu["flags"] = *flags;
  const std::string spaced = " " + *flags + " ";
  cpu["virtualised"] = spaced.find(" hypervisor ") != std::string::npos;
  cpu["sgx"] = spaced.find(" sgx ") != std::string::npos;
}

void put_topology(json& cpu, Files& files) {
  const fs::path cpus = "sys/devices/system/cpu";
  std::set<std::string> packages, cores, dies;
  std::int64_t threads = 0;
  for (const std::string& name : files.names(cpus, "cpu")) {
    const fs::path topology = cpus / name / "topology";
    const auto package = files.text(topology / "physical_package_id");
    if (!package) continue;
    ++threads;
    packages.insert(*package);
    dies.insert(*package + ":" + files.text(topology / "die_id").value_or("0"));
    cores.insert(*package + ":" + files.text(topology / "core_id").value_or(name));
  }
  cpu["sockets"] = packages.size();
  cpu["dies"] = dies.size();
  cpu["cores"] = cores.size();
  cpu["threads"] = threads;
  files.put(cpu, "smt_active", cpus / "smt/active");
  files.put(cpu, "smt_control", cpus / "smt/control");
  files.put_text(cpu, "isolated", cpus / "isolated");
  files.put_text(cpu, "nohz_full", cpus / "nohz_full");
  for (const std::string& node : files.names("sys/devices/system/node", "node")) {
    const fs::path path = fs::path("sys/devices/system/node") / node;
    json& numa = cpu["numa"][node];
    files.put_text(numa, "cpus", path / "cpulist");
    files.put_text(numa, "distance", path / "distance");
  }
  for (const std::string& index : files.names(cpus / "cpu0/cache", "index")) {
    json& cache = cpu["caches"][index];
    for (const char* name : {"level", "type", "size", "shared_cpu_list"}) {
      files.put_text(cache, name, cpus / "cpu0/cache" / index / name);
    }
  }
}

void put_frequency(json& cpu, Files& files) {
  const fs::path cpus = "sys/devices/system/cpu";
  const fs::path policies = cpus / "cpufreq";
  for (const char* name :
       {"scaling_driver", "scaling_governor", "energy_performance_preference", "scaling_min_freq",
        "scaling_max_freq", "cpuinfo_min_freq", "cpuinfo_max_freq", "base_frequency"}) {
    files.put_all(cpu, name, policies, "policy", name);
  }
  files.put(cpu, "no_turbo", cpus / "intel_pstate/no_turbo");
  files.put(cpu, "boost", cpus / "cpufreq/boost");
  files.put(cpu, "cpuidle_driver", cpus / "cpuidle/current_driver");
  for (const std::string& state : files.names(cpus / "cpu0/cpuidle", "state")) {
    const fs::path path = cpus / "cpu0/cpuidle" / state;
    json& idle = cpu["idle_states"][state];
    files.put(idle, "name", path / "name");
    files.put(idle, "disabled", path / "disable");
  }
  files.put_all(cpu, "core_throttle_count", cpus, "cpu", "thermal_throttle/core_throttle_count");
  files.put_all(cpu, "package_throttle_count", cpus, "cpu",
                "thermal_throttle/package_throttle_count");
}

void put_power_limits(json& cpu, Files& files) {
  for (const std::string& zone : files.names("sys/class/powercap", "intel-rapl:")) {
    const fs::path path = fs::path("sys/class/powercap") / zone;
    json& limits = cpu["power_limits"][zone];
    files.put(limits, "name", path / "name");
    for (const char* constraint : {"constraint_0", "constraint_1"}) {
      for (const char* what : {"_name", "_power_limit_uw", "_time_window_us"}) {
        std::string name = constraint;
        name += what;
        files.put(limits, name.c_str(), path / name);
      }
    }
  }
}

json cpu_facts(Files& files) {
  json cpu = json::object();
  if (const auto cpuinfo = files.text("proc/cpuinfo")) put_cpuinfo(cpu, *cpuinfo);
  put_topology(cpu, files);
  put_frequency(cpu, files);
  put_power_limits(cpu, files);
  for (const std::string& name : files.names("sys/devices/system/cpu/vulnerabilities", "")) {
    files.put(cpu["mitigations"], name.c_str(),
              fs::path("sys/devices/system/cpu/vulnerabilities") / name);
  }
  files.put(cpu, "transparent_hugepages", "sys/kernel/mm/transparent_hugepage/enabled");
  files.put(cpu, "numa_balancing", "proc/sys/kernel/numa_balancing");
  files.put(cpu, "perf_event_paranoid", "proc/sys/kernel/perf_event_paranoid");
  return cpu;
}

}  // namespace

std::string machine_facts(const fs::path& root) {
  Files files(root);
  json facts{{"host", host_facts(files)}, {"cpu", cpu_facts(files)}};
  facts["unreadable"] = files.unreadable();
  return facts.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace ergon
