#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "harness/file_descriptor.h"
#include "harness/meter/external_csv.h"
#include "harness/meter/meter.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr char kVariable[] = "ERGON_EXTERNAL_TRACE";
constexpr double kCountsPerUnit = 1e6;  // uW or uJ: finer than any logger writes
constexpr Seconds kPeriodUnknown{1};    // what most wall meters log at

constexpr MeterOption kOptions[] = {
    {"clock_offset_s", 0, "this machine's clock less the logger's, from a load chirp"},
    {"update_period_s", 0, "the logger writes a line this often; 0: as its file shows"},
    {"gain_relative", 0.01, "standard uncertainty (k = 1) of the meter's gain, from its maker"},
};

// A file that another program appends lines to.
class GrowingFile {
 public:
  explicit GrowingFile(const char* path)
      : descriptor_(::open(path, O_RDONLY | O_CLOEXEC)),
        error_(descriptor_.number() < 0 ? errno : 0) {}

  // Reads more of the file behind what is kept; 0, or the errno that stands in the way.
  [[nodiscard]] int fill() noexcept {
    if (error_ != 0) return error_;
    struct stat status = {};
    if (::fstat(descriptor_.number(), &status) != 0) return errno;
    if (status.st_size < offset_) return ESTALE;  // cut short: the logger started anew
    const ssize_t got =
        ::pread(descriptor_.number(), text_.data() + kept_, text_.size() - kept_, offset_);
    if (got < 0) return errno;
    if (got == 0 && kept_ == text_.size()) return EMSGSIZE;
    kept_ += static_cast<std::size_t>(got);
    offset_ += got;
    return 0;
  }

  // The next whole line, valid until fill(); false where there is none yet.
  [[nodiscard]] bool next_line(std::string_view& line) noexcept {
    const std::string_view text(text_.data() + begin_, kept_ - begin_);
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      std::memmove(text_.data(), text.data(), text.size());
      kept_ = text.size();
      begin_ = 0;
      return false;
    }
    line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin_ += end + 1;
    return true;
  }

  [[nodiscard]] bool ended() const noexcept {
    struct stat status = {};
    return error_ != 0 || ::fstat(descriptor_.number(), &status) != 0 || status.st_size <= offset_;
  }

 private:
  FileDescriptor descriptor_;
  int error_;
  off_t offset_ = 0;
  std::size_t begin_ = 0, kept_ = 0;
  std::array<char, 65536> text_{};
};

// What a wall meter's logger writes, read while it writes it.
class External final : public Meter {
 public:
  External(const char* path, const MeterSite& site) : file_(path), path_(path) {
    const auto utc = std::chrono::system_clock::now().time_since_epoch();
    const std::int64_t utc_ns = std::chrono::nanoseconds(utc).count();
    to_steady_ns_ =
        site.clock->now_ns() - utc_ns + std::llround(site.options.at("clock_offset_s") * 1e9);
    read_header();
    const Seconds period = read_backlog();
    const double given = site.options.at("update_period_s");
    channel_.name = "external/" + std::filesystem::path(path).filename().string();
    channel_.domain = "external";
    channel_.measure = format_.measure;
    channel_.source = Source::imported;
    channel_.scale = 1 / kCountsPerUnit;
    channel_.update_period = given > 0 ? Seconds{given} : period;
    channel_.resolution = channel_.scale;
    channel_.gain_relative = site.options.at("gain_relative");
    channel_.gain_group = channel_.name;
    channel_.note = fmt::format("an external meter's log; {}",
                                sample_.base == TimeBase::epoch
                                    ? "its time stamps are those of its own clock"
                                    : "its lines are taken to be new when they are read");
  }

  std::span<const Channel> channels() const override { return {&channel_, 1}; }

  void read(std::span<Reading> readings) noexcept override {
    int error = 0;
    const char* wrong = nullptr;
    // A line every ms for a minute fits in 64 times the buffer; more waits for the next reading.
    for (int i = 0; i < 64 && error == 0; ++i) {
      error = file_.fill();
      std::string_view line;
      while (file_.next_line(line)) take_line(line, wrong);
      if (file_.ended()) break;
    }
    if (error == 0 && wrong != nullptr) error = EBADMSG;
    if (error == 0 && samples_ == 0) error = ENODATA;
    const double counts = sample_.value * kCountsPerUnit;
    readings[0].raw = static_cast<std::uint64_t>(std::llround(counts));
    readings[0].time_ns = sample_.base == TimeBase::epoch ? sample_.time_ns + to_steady_ns_ : 0;
    readings[0].error = error;
  }

 private:
  void read_header() {
    std::string_view line;
    do {
      if (!next_line(line)) {
        throw Error(
            fmt::format("{}: no header line; the logger writes one first: time_s,power_W", path_));
      }
    } while (line.empty() || line.starts_with('#'));
    format_ = trace_format(split_trace_header(line), path_, {});
  }

  bool next_line(std::string_view& line) {
    while (!file_.next_line(line)) {
      if (const int error = file_.fill(); error != 0) {
        throw Error(fmt::format("{}: {}", path_, std::strerror(error)));
      }
      if (file_.ended()) return file_.next_line(line);
    }
    return true;
  }

  // What is in the file already; the mean period of its lines.
  Seconds read_backlog() {
    std::string_view line;
    const char* wrong = nullptr;
    std::int64_t first_ns = 0;
    while (next_line(line)) {
      take_line(line, wrong);
      if (wrong != nullptr) throw Error(fmt::format("{}: {}: '{}'", path_, wrong, line));
      if (samples_ == 1) first_ns = sample_.time_ns;
    }
    if (samples_ < 2) return kPeriodUnknown;
    const auto span_ns = static_cast<double>(sample_.time_ns - first_ns);
    return Seconds{span_ns * 1e-9 / static_cast<double>(samples_ - 1)};
  }

  void take_line(std::string_view line, const char*& wrong) noexcept {
    if (line.empty() || line.starts_with('#')) return;
    TraceSample next;
    const char* why = parse_trace_line(line, format_, next);
    if (why == nullptr && samples_ > 0 && next.time_ns <= sample_.time_ns) {
      why = "the time does not go on";
    }
    if (why == nullptr && next.value * kCountsPerUnit > 9e18) why = "the value is out of range";
    if (why != nullptr) {
      wrong = why;
      return;
    }
    sample_ = next;
    ++samples_;
  }

  GrowingFile file_;
  std::string path_;
  TraceFormat format_;
  std::int64_t to_steady_ns_ = 0;  // steady clock less the trace's, where that is of the epoch
  TraceSample sample_;             // the last
  std::int64_t samples_ = 0;
  Channel channel_;
};

std::unique_ptr<Meter> open(const MeterSite& site, std::string& why_not) {
  const char* path = std::getenv(kVariable);
  if (path == nullptr || *path == '\0') {
    why_not = fmt::format(
        "external: no trace given; {}=wall.csv names the file that the external "
        "meter's logger appends to",
        kVariable);
    return nullptr;
  }
  try {
    return std::make_unique<External>(path, site);
  } catch (const Error& error) {
    why_not = fmt::format("external: {}", error.what());
    return nullptr;
  }
}

}  // namespace

namespace meter {

extern const MeterType meter_external{
    .name = "external",
    .description = "the log of a wall meter, as it grows: CSV named by ERGON_EXTERNAL_TRACE",
    .source = Source::imported,
    .options = kOptions,
    .open = open,
};

}  // namespace meter
}  // namespace ergon
