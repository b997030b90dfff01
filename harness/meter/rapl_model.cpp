#include "harness/meter/rapl_model.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <string>

namespace ergon {
namespace {

constexpr std::uint8_t bit(RaplDomain domain) {
  return static_cast<std::uint8_t>(1u << static_cast<int>(domain));
}
constexpr std::uint8_t kPackage = bit(RaplDomain::package);
constexpr std::uint8_t kCores = bit(RaplDomain::core);
constexpr std::uint8_t kUncore = bit(RaplDomain::uncore);
constexpr std::uint8_t kDram = bit(RaplDomain::dram);
constexpr std::uint8_t kPlatform = bit(RaplDomain::platform);

constexpr std::uint8_t kClient2011 = kPackage | kCores | kUncore;
constexpr std::uint8_t kClient2013 = kClient2011 | kDram;
constexpr std::uint8_t kClient2015 = kClient2013 | kPlatform;
constexpr std::uint8_t kServer = kPackage | kCores | kDram;

// DRAM of Haswell to Ice Lake servers and of Xeon Phi counts in a unit of its own. Intel's
// datasheet (330784-001) gives it as 15.3 uJ, and powercap takes that; perf takes 2^-16 J =
// 15.26 uJ, 0.27 % less, of which 15.3 is the rounding. We take 2^-16, so that msr and perf agree.
constexpr double kDramJoules = 0x1p-16;

constexpr RaplModel server(int model, std::string_view name, double dram_joules) {
  return {CpuVendor::intel, 6, model, name, kServer, dram_joules};
}
constexpr RaplModel client(int model, std::string_view name, std::uint8_t domains) {
  return {CpuVendor::intel, 6, model, name, domains};
}
constexpr RaplModel phi(int model, std::string_view name) {
  return {CpuVendor::intel, 6, model, name, kPackage | kDram, kDramJoules};
}
// DRAM follows the unit register again; the platform counts whole joules.
constexpr RaplModel sapphire(int model, std::string_view name) {
  return {CpuVendor::intel, 6, model, name, kServer | kPlatform, 0, 1};
}
constexpr RaplModel silvermont(int model, std::string_view name) {
  return {CpuVendor::intel, 6, model, name, kPackage | kCores, 0, 0, true};
}
// AMD's register of cores counts one core only, so it is no domain of the machine. The package's
// has 32 bits on Zen 1 to 3 and may have 64 later; its lower 32 bits are right on all of them.
constexpr RaplModel zen(int family, std::string_view name) {
  return {CpuVendor::amd, family, -1, name, kPackage};
}

// Domains and units as Linux has them in arch/x86/events/rapl.c; the Silvermont unit as in
// intel_rapl_common.c.
constexpr RaplModel kModels[] = {
    client(0x2A, "Sandy Bridge", kClient2011),
    server(0x2D, "Sandy Bridge EP", 0),
    client(0x3A, "Ivy Bridge", kClient2011),
    server(0x3E, "Ivy Bridge EP", 0),
    client(0x3C, "Haswell", kClient2013),
    client(0x45, "Haswell ULT", kClient2013),
    client(0x46, "Haswell GT3e", kClient2013),
    server(0x3F, "Haswell EP", kDramJoules),
    client(0x3D, "Broadwell", kClient2013),
    client(0x47, "Broadwell GT3e", kClient2013),
    server(0x4F, "Broadwell EP", kDramJoules),
    server(0x56, "Broadwell D", kDramJoules),
    phi(0x57, "Knights Landing"),
    phi(0x85, "Knights Mill"),
    client(0x4E, "Skylake", kClient2015),
    client(0x5E, "Skylake", kClient2015),
    server(0x55, "Skylake, Cascade or Cooper Lake SP", kDramJoules),
    client(0x8E, "Kaby Lake", kClient2015),
    client(0x9E, "Kaby or Coffee Lake", kClient2015),
    client(0x66, "Cannon Lake", kClient2015),
    client(0xA5, "Comet Lake", kClient2015),
    client(0xA6, "Comet Lake", kClient2015),
    client(0x7D, "Ice Lake", kClient2015),
    client(0x7E, "Ice Lake", kClient2015),
    server(0x6A, "Ice Lake SP", kDramJoules),
    server(0x6C, "Ice Lake D", kDramJoules),
    client(0x8C, "Tiger Lake", kClient2015),
    client(0x8D, "Tiger Lake", kClient2015),
    client(0xA7, "Rocket Lake", kClient2015),
    client(0x97, "Alder Lake", kClient2015),
    client(0x9A, "Alder Lake", kClient2015),
    client(0xBE, "Alder Lake N", kClient2015),
    client(0xB7, "Raptor Lake", kClient2015),
    client(0xBA, "Raptor Lake", kClient2015),
    client(0xBF, "Raptor Lake", kClient2015),
    client(0xAA, "Meteor Lake", kClient2015),
    client(0xAC, "Meteor Lake", kClient2015),
    client(0xC5, "Arrow Lake", kClient2015),
    client(0xC6, "Arrow Lake", kClient2015),
    client(0xBD, "Lunar Lake", kClient2015),
    sapphire(0x8F, "Sapphire Rapids"),
    sapphire(0xCF, "Emerald Rapids"),
    silvermont(0x37, "Silvermont"),
    silvermont(0x4C, "Airmont"),
    client(0x5C, "Goldmont", kClient2013),
    client(0x5F, "Goldmont D", kClient2013),
    client(0x7A, "Goldmont Plus", kClient2013),
    zen(0x17, "Zen 1 or 2"),
    zen(0x18, "Hygon Dhyana"),
    zen(0x19, "Zen 3 or 4"),
    zen(0x1A, "Zen 5"),
};

int number_of(const std::string& line) {
  const std::size_t begin = line.find_first_of("0123456789");
  int number = 0;
  if (begin != std::string::npos) {
    std::from_chars(line.data() + begin, line.data() + line.size(), number);
  }
  return number;
}

bool has_flag(const std::string& line, const std::string& flag) {
  return (line + " ").find(" " + flag + " ") != std::string::npos;
}

}  // namespace

CpuIdentity read_cpu_identity(const std::filesystem::path& root) {
  CpuIdentity cpu;
  std::ifstream file(root / "proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && !line.empty()) {  // the first CPU's paragraph
    if (line.starts_with("vendor_id")) {
      if (line.ends_with("GenuineIntel")) cpu.vendor = CpuVendor::intel;
      if (line.ends_with("AuthenticAMD")) cpu.vendor = CpuVendor::amd;
      if (line.ends_with("HygonGenuine")) cpu.vendor = CpuVendor::amd;
    } else if (line.starts_with("cpu family")) {
      cpu.family = number_of(line);
    } else if (line.starts_with("model\t")) {  // "model name" is another line
      cpu.model = number_of(line);
    } else if (line.starts_with("flags")) {
      cpu.virtual_machine = has_flag(line, "hypervisor");
      cpu.sgx = has_flag(line, "sgx");
    }
  }
  return cpu;
}

const RaplModel* rapl_model(const CpuIdentity& cpu) {
  for (const RaplModel& row : kModels) {
    const bool same_model = row.model == -1 || row.model == cpu.model;
    if (row.vendor == cpu.vendor && row.family == cpu.family && same_model) return &row;
  }
  return nullptr;
}

double rapl_joules(const RaplModel& model, RaplDomain domain, std::uint64_t unit_register) {
  if (domain == RaplDomain::dram && model.dram_joules > 0) return model.dram_joules;
  if (domain == RaplDomain::platform && model.platform_joules > 0) return model.platform_joules;
  const int exponent = static_cast<int>(unit_register >> 8 & 0x1F);
  return model.microjoule_unit ? std::ldexp(1e-6, exponent) : std::ldexp(1.0, -exponent);
}

}  // namespace ergon
