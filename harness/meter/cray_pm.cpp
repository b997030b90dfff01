#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "harness/meter/meter.h"
#include "harness/meter/stamp_clock.h"
#include "harness/meter/sysfs.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

constexpr char kFolder[] = "sys/cray/pm_counters";
constexpr char kShown[] = "/sys/cray/pm_counters/";
// The board's controller has no published accuracy.
constexpr double kGain = 0.05;
constexpr double kScanHz = 10;  // where raw_scan_hz is missing
// The controller writes for far less than its period of 100 ms: a second try is all it takes.
constexpr int kTries = 4;

// "<count> J <stamp> us": what a counter's file holds.
struct Sample {
  std::uint64_t count = 0;
  std::int64_t stamp_ns = 0;
};

// False where the text is not exactly that, as when it was cut short.
bool parse_sample(std::string_view text, Sample& sample) noexcept {
  const char* const end = text.data() + text.size();
  const auto count = std::from_chars(text.data(), end, sample.count);
  if (count.ec != std::errc()) return false;
  text = {count.ptr, static_cast<std::size_t>(end - count.ptr)};
  if (!text.starts_with(" J ")) return false;
  std::int64_t stamp_us = 0;
  const auto stamp = std::from_chars(text.data() + 3, end, stamp_us);
  if (stamp.ec != std::errc() || stamp_us < 0) return false;
  if (__builtin_mul_overflow(stamp_us, std::int64_t{1000}, &sample.stamp_ns)) return false;
  text = {stamp.ptr, static_cast<std::size_t>(end - stamp.ptr)};
  return text == " us" || text.starts_with(" us\n");
}

int read_sample(const SysfsFile& file, Sample& sample) noexcept {
  std::array<char, 96> room;
  std::string_view text;
  if (const int error = file.read_text(room, text); error != 0) return error;
  return parse_sample(text, sample) ? 0 : EINVAL;
}

// A number that a line's end may follow or not: it is compared with itself only.
int read_mark(const SysfsFile& file, std::uint64_t& mark) noexcept {
  std::array<char, 32> room;
  std::string_view text;
  if (const int error = file.read_text(room, text); error != 0) return error;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), mark);
  return parsed.ec == std::errc() ? 0 : EINVAL;
}

// Reads the whole set of counters as one: between two readings of `freshness` that agree. A
// controller that started again, or a power cap set anew, makes one reading fail.
class CrayPm final : public Meter {
 public:
  CrayPm(const fs::path& folder, Clock& clock)
      : clock_(clock),
        freshness_(folder / "freshness"),
        startup_(folder / "startup"),
        generation_(folder / "generation") {}

  void add(Channel channel, SysfsFile file) {
    channels_.push_back(std::move(channel));
    counters_.push_back({std::move(file), {}});
    samples_.emplace_back();
    errors_.push_back(0);
  }
  std::span<const Channel> channels() const override { return channels_; }

  // The errno of the files that tell of the set as a whole; remembers the epoch they tell.
  [[nodiscard]] int begin() noexcept {
    std::uint64_t freshness = 0;
    const int error = read_mark(freshness_, freshness);
    return error != 0 ? error : read_epoch(epoch_);
  }

  void read(std::span<Reading> readings) noexcept override {
    Epoch epoch;
    std::int64_t now_ns = 0;
    int error = EAGAIN;
    for (int i = 0; i < kTries && error == EAGAIN; ++i) error = read_set(epoch, now_ns);
    if (error == 0 && !(epoch == epoch_)) {
      const bool restarted = epoch.startup != epoch_.startup;
      epoch_ = epoch;
      for (Counter& counter : counters_) {
        if (restarted) counter.clock.reset();
      }
      error = ESTALE;
    }
    for (std::size_t i = 0; i < counters_.size(); ++i) {
      readings[i].error = error != 0 ? error : errors_[i];
      if (readings[i].error != 0) continue;
      readings[i].raw = samples_[i].count;
      readings[i].time_ns = counters_[i].clock.steady_ns(samples_[i].stamp_ns, now_ns);
    }
  }

 private:
  struct Epoch {
    std::uint64_t startup = 0, generation = 0;
    bool operator==(const Epoch&) const = default;
  };
  struct Counter {
    SysfsFile file;
    StampClock clock;
  };

  int read_epoch(Epoch& epoch) const noexcept {
    const int error = read_mark(startup_, epoch.startup);
    return error != 0 ? error : read_mark(generation_, epoch.generation);
  }

  // EAGAIN where the controller wrote meanwhile.
  int read_set(Epoch& epoch, std::int64_t& now_ns) noexcept {
    std::uint64_t before = 0, after = 0;
    if (const int error = read_mark(freshness_, before); error != 0) return error;
    if (const int error = read_epoch(epoch); error != 0) return error;
    for (std::size_t i = 0; i < counters_.size(); ++i) {
      errors_[i] = read_sample(counters_[i].file, samples_[i]);
    }
    now_ns = clock_.now_ns();
    if (const int error = read_mark(freshness_, after); error != 0) return error;
    return before == after ? 0 : EAGAIN;
  }

  Clock& clock_;
  SysfsFile freshness_, startup_, generation_;
  Epoch epoch_;
  std::vector<Channel> channels_;
  std::vector<Counter> counters_;
  std::vector<Sample> samples_;
  std::vector<int> errors_;
};

struct CounterFile {
  std::string file;
  std::string place;
  std::string_view domain;
  std::string_view within;  // place
};

// The node first: it is the primary channel, and what nodes of every kind have.
std::vector<CounterFile> counter_files(const fs::path& folder) {
  std::vector<CounterFile> files = {{"energy", "node", "node", ""},
                                    {"cpu_energy", "node/cpu", "cpu", "node"},
                                    {"memory_energy", "node/memory", "memory", "node"}};
  for (int i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i);
    files.push_back({"cpu" + number + "_energy", "node/cpu-" + number, "cpu", "node/cpu"});
    files.push_back(
        {"accel" + number + "_energy", "node/accelerator-" + number, "accelerator", "node"});
  }
  std::error_code ignored;
  std::erase_if(files, [&](const CounterFile& f) { return !fs::exists(folder / f.file, ignored); });
  return files;
}

bool has_place(std::span<const Channel> channels, const std::string& place) {
  return std::any_of(channels.begin(), channels.end(),
                     [&](const Channel& channel) { return channel.name == "cray_pm/" + place; });
}

Channel make_channel(const CounterFile& file, Seconds period) {
  Channel channel;
  channel.name = "cray_pm/" + file.place;
  channel.domain = file.domain;
  channel.scale = 1;
  channel.resolution = 1;
  channel.update_period = period;
  channel.gain_relative = kGain;
  channel.gain_group = channel.name;
  return channel;
}

Seconds scan_period(const fs::path& folder) {
  const auto hertz = read_number(folder / "raw_scan_hz").value_or(0);
  return Seconds{1 / (hertz > 0 ? static_cast<double>(hertz) : kScanHz)};
}

std::string failure(const std::string& file, int error) {
  return std::string("cray_pm: ") + kShown + file + ": " + std::strerror(error);
}

std::unique_ptr<Meter> open(const MeterSite& site, std::string& why_not) {
  const fs::path folder = site.root / kFolder;
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) {
    why_not =
        "cray_pm: /sys/cray/pm_counters is not there: this is no HPE Cray node, or a "
        "container hides it (mount /sys/cray into it)";
    return nullptr;
  }
  auto meter = std::make_unique<CrayPm>(folder, *site.clock);
  if (const int error = meter->begin(); error != 0) {
    why_not = failure("{freshness,startup,generation}", error) +
              "; without them a reading is not known to be whole: ask the site's administrator";
    return nullptr;
  }
  std::string left_out;
  for (const CounterFile& counter : counter_files(folder)) {
    SysfsFile file(folder / counter.file);
    Sample sample;
    if (const int error = read_sample(file, sample); error != 0) {
      left_out += (left_out.empty() ? "" : "; ") + failure(counter.file, error);
      continue;
    }
    Channel channel = make_channel(counter, scan_period(folder));
    std::string within(counter.within);
    if (!has_place(meter->channels(), within)) within = within.empty() ? "" : "node";
    if (has_place(meter->channels(), within)) channel.within = "cray_pm/" + within;
    meter->add(std::move(channel), std::move(file));
  }
  if (meter->channels().empty()) {
    why_not = left_out.empty() ? "cray_pm: /sys/cray/pm_counters has no energy file" : left_out;
    return nullptr;
  }
  return meter;
}

}  // namespace

namespace meter {

extern const MeterType meter_cray_pm{
    .name = "cray_pm",
    .description = "energy of an HPE Cray node and its parts, from the board's controller",
    .source = Source::measured,
    .options = {},
    .open = open,
};

}  // namespace meter
}  // namespace ergon
