#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "harness/file_descriptor.h"
#include "harness/meter/meter.h"
#include "harness/meter/rapl.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kEnergyMask = 0xFFFF'FFFF;
constexpr std::uint64_t kWrap = kEnergyMask + 1;
// Registers step once a millisecond; one that stands at zero for this long counts nothing.
constexpr std::int64_t kZeroProofNs = 20'000'000;

// Intel SDM volume 4; AMD PPR of family 17h. Bit 0 of the last: RAPL is filtered against attacks.
constexpr off_t kIntelUnit = 0x606, kAmdUnit = 0xC0010299, kIntelMiscControls = 0xBC;

// 0 where a vendor has no register for it. AMD's register of cores counts one core: not used.
off_t register_of(CpuVendor vendor, RaplDomain domain) {
  const bool amd = vendor == CpuVendor::amd;
  switch (domain) {
    case RaplDomain::package:
      return amd ? 0xC001029B : 0x611;
    case RaplDomain::core:
      return amd ? 0 : 0x639;
    case RaplDomain::uncore:
      return amd ? 0 : 0x641;
    case RaplDomain::dram:
      return amd ? 0 : 0x619;
    case RaplDomain::platform:
      return amd ? 0 : 0x64D;
  }
  return 0;
}

// The registers of one CPU.
struct RegisterFile {
  std::string path;  // as a user sees it, without the made root
  FileDescriptor file;
  RaplUnit unit;
};

// The errno of the read, or 0. A device file answers in whole registers or not at all.
int read_register(const FileDescriptor& file, off_t number, std::uint64_t& value) noexcept {
  const ssize_t length = ::pread(file.number(), &value, sizeof value, number);
  if (length < 0) return errno;
  return length == sizeof value ? 0 : EIO;
}

class Msr final : public Meter {
 public:
  explicit Msr(std::vector<RegisterFile> files) : files_(std::move(files)) {}

  void add(Channel channel, std::size_t file, off_t number) {
    channels_.push_back(std::move(channel));
    places_.push_back({file, number});
  }
  std::span<const Channel> channels() const override { return channels_; }
  const std::vector<RegisterFile>& files() const { return files_; }

  void read(std::span<Reading> readings) noexcept override {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      std::uint64_t value = 0;
      readings[i].error = read_register(files_[places_[i].file].file, places_[i].number, value);
      readings[i].raw = value & kEnergyMask;  // right where a register has 64 bits, too
    }
  }

 private:
  struct Place {
    std::size_t file;
    off_t number;
  };
  std::vector<RegisterFile> files_;
  std::vector<Channel> channels_;
  std::vector<Place> places_;
};

std::string unopened(const std::string& path, const CpuIdentity& cpu, int error) {
  const std::string what = "msr: " + path + ": " + std::strerror(error);
  if (error == ENOENT) return what + "; " + rapl_absence(cpu, "msr");
  if (error == EACCES || error == EPERM) {
    return what +
           "; root may read it, or: sudo chmod a+r /dev/cpu/*/msr && sudo setcap "
           "cap_sys_rawio+ep $(command -v ergon), or install msr-safe";
  }
  if (error == ENXIO) return what + "; the CPU is offline: bring it back or use perf";
  return what + "; use perf or powercap";
}

// msr_safe first: where an administrator installed it, it is what users may read.
std::optional<RegisterFile> open_registers(const fs::path& root, const CpuIdentity& cpu,
                                           const RaplUnit& unit, std::string& why_not) {
  const std::string folder = "dev/cpu/" + std::to_string(unit.cpu);
  for (const char* name : {"/msr_safe", "/msr"}) {
    const std::string path = folder + name;
    FileDescriptor file(::open((root / path).c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number() >= 0) return RegisterFile{"/" + path, std::move(file), unit};
    const int error = errno;
    // Both absent: the plain one is what to ask for. Else the one that is there and refuses.
    if (why_not.empty() || error != ENOENT) why_not = unopened("/" + folder + "/msr", cpu, error);
  }
  return std::nullopt;
}

std::string unread(const RegisterFile& file, const CpuIdentity& cpu, int error) {
  const std::string what =
      "msr: " + file.path + ": reading the RAPL unit register: " + std::strerror(error) + "; ";
  if (cpu.virtual_machine) return what + rapl_absence(cpu, "msr");
  if (error == EPERM || error == EACCES) return unopened(file.path, cpu, error);
  return what + "the firmware hides RAPL: use another meter";
}

bool stands_at_zero(const RegisterFile& file, off_t number, Clock& clock) {
  std::uint64_t value = 0;
  if (read_register(file.file, number, value) != 0) return false;
  if ((value & kEnergyMask) != 0) return false;
  clock.wait_until(clock.now_ns() + kZeroProofNs);
  return read_register(file.file, number, value) == 0 && (value & kEnergyMask) == 0;
}

// Filtering blurs energy over short times; registers that cannot be read tell nothing.
std::string note_of(const CpuIdentity& cpu, const RegisterFile& file) {
  std::uint64_t controls = 0;
  const bool known =
      cpu.vendor == CpuVendor::intel && read_register(file.file, kIntelMiscControls, controls) == 0;
  if (known && (controls & 1) != 0) {
    return "energy is filtered against attacks (MSR 0xBC bit 0): use windows of seconds";
  }
  return rapl_note(cpu);
}

Channel make_channel(const RaplModel& model, RaplDomain domain, const RaplUnit& unit,
                     std::uint64_t unit_register, RaplContainers containers) {
  Channel channel = rapl_channel("msr", unit, domain, containers);
  channel.scale = rapl_joules(model, domain, unit_register);
  channel.resolution = channel.scale;
  channel.wrap = kWrap;
  return channel;
}

// The registers that answer and count, on one unit; for the platform on one that has it.
struct Found {
  std::size_t file;
  RaplDomain domain;
};
std::vector<Found> find_counters(const std::vector<RegisterFile>& files, const RaplModel& model,
                                 Clock& clock) {
  std::vector<Found> found;
  for (const RaplDomain domain : {RaplDomain::package, RaplDomain::core, RaplDomain::uncore,
                                  RaplDomain::dram, RaplDomain::platform}) {
    if (!model.counts(domain)) continue;
    for (std::size_t i = 0; i < files.size(); ++i) {
      std::uint64_t value = 0;
      const off_t number = register_of(model.vendor, domain);
      if (read_register(files[i].file, number, value) != 0) continue;
      if (stands_at_zero(files[i], number, clock)) continue;
      found.push_back({i, domain});
      if (domain == RaplDomain::platform) break;  // one machine has one
    }
  }
  return found;
}

RaplContainers containers_of(const std::vector<Found>& found, std::size_t file) {
  RaplContainers containers;
  for (const Found& counter : found) {
    if (counter.domain == RaplDomain::package && counter.file == file) containers.package = true;
    if (counter.domain == RaplDomain::platform) containers.platform = true;
  }
  return containers;
}

const RaplModel* known_model(const fs::path& root, const CpuIdentity& cpu, std::string& why_not) {
  const RaplModel* model = rapl_model(cpu);
  if (model != nullptr) return model;
  why_not = "msr: CPU family " + std::to_string(cpu.family) + " model " +
            std::to_string(cpu.model) + " is in no row of the table of RAPL units; ";
  std::error_code ignored;
  const bool hidden = cpu.vendor == CpuVendor::other || !fs::exists(root / "proc/cpuinfo", ignored);
  why_not += hidden ? "RAPL is in Intel and AMD CPUs only" : "use perf or powercap";
  return nullptr;
}

std::unique_ptr<Meter> open(const MeterSite& site, std::string& why_not) {
  const CpuIdentity cpu = read_cpu_identity(site.root);
  const RaplModel* model = known_model(site.root, cpu, why_not);
  if (model == nullptr) return nullptr;
  std::vector<RegisterFile> files;
  for (const RaplUnit& unit : rapl_units(site.root, cpu.vendor)) {
    std::string reason;
    auto registers = open_registers(site.root, cpu, unit, reason);
    if (!registers) {
      why_not = reason;
      return nullptr;
    }
    files.push_back(std::move(*registers));
  }
  if (files.empty()) {
    why_not = "msr: /sys/devices/system/cpu tells no package of any CPU; use perf or powercap";
    return nullptr;
  }
  std::uint64_t units = 0;
  const off_t unit_number = cpu.vendor == CpuVendor::amd ? kAmdUnit : kIntelUnit;
  if (const int error = read_register(files[0].file, unit_number, units); error != 0) {
    why_not = unread(files[0], cpu, error);
    return nullptr;
  }
  const std::vector<Found> found = find_counters(files, *model, *site.clock);
  if (found.empty()) {
    why_not = "msr: " + files[0].path + ": no energy register counts: the firmware hides RAPL";
    return nullptr;
  }
  auto meter = std::make_unique<Msr>(std::move(files));
  for (const auto& [file, domain] : found) {
    const RegisterFile& registers = meter->files()[file];
    Channel channel =
        make_channel(*model, domain, registers.unit, units, containers_of(found, file));
    channel.note = note_of(cpu, registers);
    meter->add(std::move(channel), file, register_of(cpu.vendor, domain));
  }
  return meter;
}

}  // namespace

namespace meter {

extern const MeterType meter_msr{
    .name = "msr",
    .description = "RAPL counters of packages and memory in the CPU's own registers",
    .source = Source::measured,
    .options = {},
    .open = open,
};

}  // namespace meter
}  // namespace ergon
