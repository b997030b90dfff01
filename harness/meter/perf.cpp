#include "harness/meter/perf.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <vector>

#include "harness/file_descriptor.h"
#include "harness/meter/rapl.h"
#include "harness/meter/sysfs.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

// The PMU power_core beside it counts single cores, which the package contains: left alone, since
// each of its reads interrupts a core.
constexpr char kPmu[] = "sys/bus/event_source/devices/power";

// The kernel extends the 32 bits of the register to 64 by signed differences, so one of 2^31 counts
// or more between two of its reads comes out 2^32 too small (rapl_event_update). The finest unit in
// use is 2^-16 J: 2^31 counts are 32.8 kJ, which 1 kW takes 32.8 s for. The sampler reads every
// 10 s; where it could not, the difference is not to be trusted.
constexpr std::int64_t kGapMaxNs = 30'000'000'000;

struct EventName {
  std::string_view file;
  RaplDomain domain;
};
// Packages first: the first channel is the primary one.
constexpr EventName kEvents[] = {{"energy-pkg", RaplDomain::package},
                                 {"energy-cores", RaplDomain::core},
                                 {"energy-gpu", RaplDomain::uncore},
                                 {"energy-ram", RaplDomain::dram},
                                 {"energy-psys", RaplDomain::platform}};

struct Event {
  RaplDomain domain;
  std::uint64_t config;
  double scale;  // J per count
};

// perf's counts are in 2^-32 J, whatever the register's own step is, which sysfs does not tell.
double resolution(const CpuIdentity& cpu, RaplDomain domain) {
  if (const RaplModel* model = rapl_model(cpu)) {
    constexpr std::uint64_t kIntelUnits = 0xA0E03, kAmdUnits = 0xA1003;  // 2^-14 J and 2^-16 J
    return rapl_joules(*model, domain, cpu.vendor == CpuVendor::amd ? kAmdUnits : kIntelUnits);
  }
  return 0x1p-14;
}

class Perf final : public Meter {
 public:
  Perf(PerfKernel& kernel, Clock& clock) : kernel_(kernel), clock_(clock) {}

  void add(Channel channel, FileDescriptor event) {
    channels_.push_back(std::move(channel));
    events_.push_back(std::move(event));
  }
  std::span<const Channel> channels() const override { return channels_; }

  void read(std::span<Reading> readings) noexcept override {
    const std::int64_t now_ns = clock_.now_ns();
    const bool gap = started_ && now_ns - last_ns_ > kGapMaxNs;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const int error = kernel_.read(events_[i].number(), readings[i].raw);
      readings[i].error = error == 0 && gap ? EOVERFLOW : error;
    }
    started_ = true;
    last_ns_ = now_ns;
  }

 private:
  PerfKernel& kernel_;
  Clock& clock_;
  std::vector<Channel> channels_;
  std::vector<FileDescriptor> events_;
  bool started_ = false;
  std::int64_t last_ns_ = 0;
};

class SystemPerfKernel final : public PerfKernel {
 public:
  int open(perf_event_attr& attributes, int cpu) override {
    const long descriptor =
        ::syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
    return descriptor < 0 ? -errno : static_cast<int>(descriptor);
  }
  int read(int descriptor, std::uint64_t& count) noexcept override {
    const ssize_t length = ::read(descriptor, &count, sizeof count);
    if (length < 0) return errno;
    return length == sizeof count ? 0 : EIO;
  }
};

// "event=0x02" -> 2. Any other term would be a bit of config that we do not know of.
std::optional<std::uint64_t> parse_config(const std::string& text) {
  constexpr std::string_view kPrefix = "event=0x";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  std::uint64_t config = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + kPrefix.size(), end, config, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return config;
}

std::optional<double> parse_scale(const std::string& text) {
  double scale = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, scale);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == end;
  return whole && scale > 0 ? std::optional(scale) : std::nullopt;
}

// The events that the PMU names in joules.
std::vector<Event> find_events(const fs::path& pmu) {
  std::vector<Event> events;
  for (const EventName& name : kEvents) {
    const std::string file = (pmu / "events" / name.file).string();
    const auto config = parse_config(read_line(file).value_or(""));
    const auto scale = parse_scale(read_line(file + ".scale").value_or(""));
    const bool joules = read_line(file + ".unit") == "Joules";
    if (config && scale && joules) events.push_back({name.domain, *config, *scale});
  }
  return events;
}

bool has_domain(const std::vector<Event>& events, RaplDomain domain) {
  return std::any_of(events.begin(), events.end(),
                     [&](const Event& event) { return event.domain == domain; });
}

std::string refusal(const fs::path& root, int error) {
  const std::string what =
      std::string("perf: perf_event_open on the power PMU: ") + std::strerror(error);
  const auto paranoid = read_line(root / "proc/sys/kernel/perf_event_paranoid");
  constexpr char kCapability[] = "sudo setcap cap_perfmon+ep $(command -v ergon)";
  if (error == EACCES || error == EPERM) {
    if (paranoid && !paranoid->starts_with("-") && *paranoid != "0") {
      return what + "; kernel.perf_event_paranoid is " + *paranoid +
             " and must be 0 or less: sudo sysctl kernel.perf_event_paranoid=0, or, for ergon "
             "alone: " +
             kCapability;
    }
    return what +
           "; perf_event_paranoid allows it, so a container forbids the call: run it with "
           "--cap-add PERFMON and a seccomp profile that allows perf_event_open, or: " +
           kCapability;
  }
  if (error == ENOENT || error == ENODEV || error == EINVAL) {
    return what + "; this kernel's driver does not count this CPU model: use powercap or msr";
  }
  if (error == EMFILE) return what + "; allow more open files: ulimit -n 4096";
  return what + "; use powercap or msr";
}

perf_event_attr make_attributes(std::uint32_t type, std::uint64_t config) {
  perf_event_attr attributes{};  // no sample_period, no exclude bits: the PMU refuses both
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  return attributes;
}

// The units that the PMU counts, with the CPU to open each on; empty where sysfs does not say.
std::vector<RaplUnit> counted_units(const fs::path& root, CpuVendor vendor) {
  const auto cpus = parse_cpu_list(read_line(root / kPmu / "cpumask").value_or(""));
  const std::vector<RaplUnit> units = rapl_units(root, vendor);
  std::vector<RaplUnit> counted;
  for (const int cpu : cpus) {
    const RaplUnit* unit = rapl_unit_of(root, units, cpu);
    if (unit == nullptr) continue;
    counted.push_back(*unit);
    counted.back().cpu = cpu;
  }
  return counted;
}

}  // namespace

PerfKernel& perf_kernel() {
  static SystemPerfKernel kernel;  // holds nothing
  return kernel;
}

std::unique_ptr<Meter> open_perf(const MeterSite& site, PerfKernel& kernel, std::string& why_not) {
  const CpuIdentity cpu = read_cpu_identity(site.root);
  const auto type = read_number(site.root / kPmu / "type");
  if (!type) {
    why_not =
        "perf: /sys/bus/event_source/devices/power is not there; " + rapl_absence(cpu, "rapl");
    return nullptr;
  }
  const std::vector<Event> events = find_events(site.root / kPmu);
  const std::vector<RaplUnit> units = counted_units(site.root, cpu.vendor);
  if (events.empty() || units.empty()) {
    why_not = std::string("perf: /sys/bus/event_source/devices/power/") +
              (units.empty() ? "cpumask names no CPU of a known package"
                             : "events holds no energy event in Joules") +
              "; use powercap or msr";
    return nullptr;
  }
  const RaplContainers containers{has_domain(events, RaplDomain::package),
                                  has_domain(events, RaplDomain::platform)};
  auto meter = std::make_unique<Perf>(kernel, *site.clock);
  for (const Event& event : events) {
    for (const RaplUnit& unit : units) {
      perf_event_attr attributes = make_attributes(static_cast<std::uint32_t>(*type), event.config);
      FileDescriptor descriptor(kernel.open(attributes, unit.cpu));
      if (descriptor.number() < 0) {
        why_not = refusal(site.root, -descriptor.number());
        return nullptr;
      }
      Channel channel = rapl_channel("perf", unit, event.domain, containers);
      channel.scale = event.scale;
      channel.resolution = resolution(cpu, event.domain);
      channel.note = rapl_note(cpu);
      meter->add(std::move(channel), std::move(descriptor));
      // One platform: its register answers on every package, or on the first one alone.
      if (event.domain == RaplDomain::platform) break;
    }
  }
  return meter;
}

namespace meter {

extern const MeterType meter_perf{
    .name = "perf",
    .description = "RAPL counters of packages and memory through the kernel's power PMU",
    .source = Source::measured,
    .options = {},
    .open = [](const MeterSite& site,
               std::string& why_not) { return open_perf(site, perf_kernel(), why_not); },
};

}  // namespace meter
}  // namespace ergon
