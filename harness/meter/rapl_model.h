#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace ergon {

enum class CpuVendor : std::uint8_t { intel, amd, other };  // Hygon's cores are AMD's

// The machine's CPU as /proc/cpuinfo tells it.
struct CpuIdentity {
  CpuVendor vendor = CpuVendor::other;
  int family = 0, model = 0;
  bool virtual_machine = false;
  bool sgx = false;
};
[[nodiscard]] CpuIdentity read_cpu_identity(const std::filesystem::path& root);

// The parts of a machine that RAPL counts apart.
enum class RaplDomain : std::uint8_t { package, core, uncore, dram, platform };

// The facts of one CPU model that its registers do not tell.
struct RaplModel {
  CpuVendor vendor;
  int family, model;  // model -1: every model of the family
  std::string_view name;
  std::uint8_t domains;          // bit of each RaplDomain that it counts
  double dram_joules = 0;        // per count of DRAM; 0: as the unit register says
  double platform_joules = 0;    // per count of the platform; 0: as the unit register says
  bool microjoule_unit = false;  // the unit register's bits e mean 2^e uJ, not 2^-e J

  [[nodiscard]] bool counts(RaplDomain domain) const {
    return (domains >> static_cast<int>(domain) & 1) != 0;
  }
};

// Null where the table has no row for it.
[[nodiscard]] const RaplModel* rapl_model(const CpuIdentity& cpu);

// J per count of a domain, from the unit register: MSR 0x606 of Intel, 0xC0010299 of AMD.
[[nodiscard]] double rapl_joules(const RaplModel& model, RaplDomain domain,
                                 std::uint64_t unit_register);

}  // namespace ergon
