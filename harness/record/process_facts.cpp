#include <gnu/libc-version.h>
#include <link.h>
#include <sched.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <string_view>
#include <vector>

#include "harness/record/facts.h"
#include "harness/sha256.h"

namespace ergon {
namespace {

using nlohmann::json;

// Variables that change how kernels, libraries, allocators and devices behave.
constexpr std::string_view kPrefixes[] = {
    "OMP_",  "GOMP_",   "KMP_", "MKL_",  "OPENBLAS_", "BLIS_",          "DNNL_", "ONEDNN_",
    "CUDA_", "NVIDIA_", "HIP_", "ROCR_", "MALLOC_",   "GLIBC_TUNABLES", "ERGON_"};
constexpr std::string_view kSlurm[] = {
    "SLURM_JOB_ID",        "SLURM_JOB_NODELIST",  "SLURM_JOB_PARTITION", "SLURM_NTASKS",
    "SLURM_CPUS_PER_TASK", "SLURM_CPU_BIND",      "SLURM_GPUS_ON_NODE",  "SLURM_JOB_CPUS_PER_NODE",
    "SLURM_ARRAY_JOB_ID",  "SLURM_ARRAY_TASK_ID", "SLURM_CPU_FREQ_REQ",  "SLURM_CLUSTER_NAME",
    "SLURM_RESTART_COUNT"};
constexpr std::string_view kSecrets[] = {"TOKEN", "SECRET", "PASS",   "KEY",
                                         "CRED",  "AUTH",   "COOKIE", "CERT"};

bool wanted(std::string_view name) {
  return name == "LD_PRELOAD" || std::ranges::find(kSlurm, name) != std::end(kSlurm) ||
         std::ranges::any_of(kPrefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

std::string dump(const json& facts) {
  return facts.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<int> affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

// The rest of the line of /proc/self/status that begins with `name`.
std::string status_field(const std::filesystem::path& root, std::string_view name) {
  std::ifstream status(root / "proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t begin = line.find_first_not_of(" \t:", name.size());
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

}  // namespace

bool may_be_secret(std::string_view name) {
  std::string upper(name);
  for (char& letter : upper) letter = static_cast<char>(std::toupper(letter));
  return std::ranges::any_of(kSecrets,
                             [&](auto word) { return upper.find(word) != std::string::npos; });
}

std::string software_facts() {
  std::vector<std::string> names;
  dl_iterate_phdr(
      [](dl_phdr_info* library, std::size_t, void* to) {
        const std::string_view path = library->dlpi_name;
        // The program itself has no name.
        if (!path.empty()) {
          static_cast<std::vector<std::string>*>(to)->emplace_back(
              path.substr(path.rfind('/') + 1));
        }
        return 0;
      },
      &names);
  std::ranges::sort(names);
  return dump({{"glibc", gnu_get_libc_version()}, {"libraries", names}});
}

std::string environment_facts(std::span<const char* const> environment) {
  json facts = json::object();
  for (const std::string_view variable : environment) {
    const std::string_view name = variable.substr(0, variable.find('='));
    const std::string_view value = variable.substr(std::min(variable.size(), name.size() + 1));
    if (name == "LD_LIBRARY_PATH") {
      facts["LD_LIBRARY_PATH_sha256"] = sha256(value);
    } else if (wanted(name) && !may_be_secret(name)) {
      facts[std::string(name)] = value;
    }
  }
  return dump(facts);
}

std::string placement_facts(const std::filesystem::path& root) {
  json facts{{"cpus", affinity()},
             {"memory_nodes", status_field(root, "Mems_allowed_list")},
             {"page_bytes", sysconf(_SC_PAGESIZE)}};
  std::ifstream randomised(root / "proc/sys/kernel/randomize_va_space");
  if (int level = 0; randomised >> level) facts["randomize_va_space"] = level;
  return dump(facts);
}

}  // namespace ergon
