#include "harness/run/part_run.h"

#include <chrono>
#include <random>
#include <unordered_map>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "harness/clock.h"
#include "harness/record/provenance.h"
#include "harness/record/run_facts.h"
#include "harness/run/device_meters.h"
#include "harness/run/open_meters.h"
#include "harness/run/runner.h"
#include "kernels/cpu/team.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// Random (version 4) UUID, RFC 9562.
std::string random_uuid() {
  std::random_device source;
  std::uint32_t words[4];
  for (std::uint32_t& word : words) word = source();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", words[0], words[1] >> 16,
                     words[1] & 0xfff, 0x8000 | (words[2] >> 16 & 0x3fff), words[2] & 0xffff,
                     words[3]);
}

void set_time(RunInfo& run) {
  const auto now = std::chrono::system_clock::now();
  run.anchor_steady_ns = steady_clock().now_ns();
  run.anchor_utc_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  run.started_utc =
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

Record refused(const Point& point, const std::string& reason) {
  Record record;
  record.point = point;
  record.run_status = RunStatus::refused;
  record.reason = reason;
  record.error_max = kNotKnown;
  return record;
}

// What is measured goes to the desk at once.
class PartRun final : BlockWork {
 public:
  PartRun(const PartSetup& setup, Device& device, Desk& desk)
      : setup_(setup),
        desk_(desk),
        open_(open_meters(setup.conditions.meters, setup.root,
                          meter_options(setup.conditions.protocol),
                          {setup.unmetered, setup.unmetered_of_all})),
        primary_(choose_primary(open_, device)),
        sampler_(
            start_sampler(std::move(open_.meters), find_free_cpu(setup.threads_most), primary_)),
        run_(begin(device)),
        runner_(device, *sampler_, watch_, setup.conditions.protocol, run_.unmeasured_reason) {}

  BlockTally measure() {
    return measure_blocks(setup_.conditions.protocol, sampler_->primary(), steady_clock(), *this);
  }

 private:
  RunInfo begin(Device& device);
  void keep(Record record, bool again);

  std::optional<Visit> next() override { return desk_.next(); }
  std::vector<IdleStretch> measure_idle() override;
  void measure_sentinels() override;
  void measure_point(const Visit& visit, bool again) override;
  bool pass_turn() override { return desk_.pass_turn(); }
  [[nodiscard]] bool interrupted() const override { return desk_.ends(); }

  const PartSetup& setup_;
  Desk& desk_;
  OpenMeters open_;
  std::string primary_;
  std::unique_ptr<Sampler> sampler_;
  HostWatch watch_;  // behind the sampler's thread, which it is not to count
  RunInfo run_;
  Runner runner_;
  std::int64_t records_ = 0;
  std::unordered_map<std::string, int> times_measured_;  // by point key
};

RunInfo PartRun::begin(Device& device) {
  RunInfo run = describe_run(setup_, device, *sampler_, watch_, open_.closed);
  desk_.begin(run, open_.closed);
  return run;
}

std::vector<IdleStretch> PartRun::measure_idle() {
  if (run_.primary_channel < 0) return {};
  std::vector<IdleStretch> stretches = runner_.idle();
  for (const IdleStretch& idle : stretches) desk_.keep(idle);
  desk_.keep(sampler_->cost());
  return stretches;
}

void PartRun::measure_sentinels() {
  for (const Point& point : setup_.sentinels) {
    if (interrupted()) return;
    Record record = runner_.run(point);
    record.sentinel = true;
    keep(std::move(record), false);
  }
}

void PartRun::measure_point(const Visit& visit, bool again) {
  desk_.begins(visit);
  const Point& point = desk_.point(visit);
  const bool no_gpu = point.kernel->device == DeviceKind::cuda && !setup_.no_gpu.empty();
  Record record = no_gpu ? refused(point, setup_.no_gpu) : runner_.run(point);
  record.replicate = visit.replicate;
  keep(std::move(record), again);
}

void PartRun::keep(Record record, bool again) {
  record.order = records_++;
  record.repetition = times_measured_[point_key(record.point)]++;
  desk_.keep(std::move(record), again);
}

}  // namespace

std::unique_ptr<Device> open_device(DeviceKind kind, std::string& why_not) {
  why_not = fmt::format("this build has no {} device", device_kind_name(kind));
  for (const DeviceType* type : device::all()) {
    if (type->kind != kind) continue;
    if (auto device = type->open(0, why_not)) return device;
  }
  return nullptr;
}

std::unique_ptr<Device> open_cpu() {
  std::string why_not;
  if (auto device = open_device(DeviceKind::cpu, why_not)) return device;
  throw Error("run: no cpu device: " + why_not);
}

RunInfo describe_run(const PartSetup& setup, const Device& device, const Sampler& sampler,
                     const HostWatch& watch, const std::vector<std::string>& closed) {
  RunInfo run;
  run.id = random_uuid();
  run.sweep_name = setup.conditions.name;
  run.sweep_text = setup.conditions.text;
  run.seed = setup.conditions.seed;
  run.protocol = protocol_key(setup.conditions.protocol);
  run.build_hash = build_hash();
  run.kernels_hash = kernels_hash();
  run.device = device.name();
  set_time(run);
  run.primary_channel = sampler.primary();
  run.channels.assign(sampler.channels().begin(), sampler.channels().end());
  if (sampler.primary() < 0) run.unmeasured_reason = fmt::format("{}", fmt::join(closed, "; "));
  run.provenance =
      with_facts(provenance_json(device, setup.command_line), setup.facts_name, setup.facts);
  run.beside = watch.about();
  return run;
}

// Threads are pinned to the process's CPUs from the first on.
int find_free_cpu(int threads_most) {
  const std::span<const int> cpus = process_cpus();
  return static_cast<std::size_t>(threads_most) < cpus.size() ? cpus.back() : -1;
}

BlockTally run_part(const PartSetup& setup, Device& device, Desk& desk) {
  return PartRun(setup, device, desk).measure();
}

}  // namespace ergon
