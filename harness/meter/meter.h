#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "harness/clock.h"
#include "harness/meter/channel.h"

namespace ergon {

// One channel read once.
struct Reading {
  std::uint64_t raw = 0;     // counts; the channel's scale turns them into its unit
  std::int64_t time_ns = 0;  // steady clock, from the source's own stamp; 0: it has none
  int error = 0;             // errno of the read that failed, or 0
  std::uint32_t faults = 0;  // WindowFault bits that the source itself tells of: a throttled GPU
};

// A source of energy or power numbers on this machine.
class Meter {
 public:
  virtual ~Meter() = default;
  [[nodiscard]] virtual std::span<const Channel> channels() const = 0;
  // Fills one reading per channel. Called from the sampling thread only; does not allocate.
  virtual void read(std::span<Reading> readings) noexcept = 0;
};

// A number that a sweep may set for a meter.
struct MeterOption {
  std::string_view name;  // ends in its unit: "idle_watts"
  double fallback;
  std::string_view description;
};

// Where and how a meter is opened. `root` is "/" but in tests, which give a made tree of /sys and
// /proc. `options` holds every option of the type, defaults filled in. Meters that compute their
// numbers do so by `clock`, which outlives them.
struct MeterSite {
  std::filesystem::path root;
  std::map<std::string, double> options;
  Clock* clock;
};

struct MeterType {
  std::string_view name;
  std::string_view description;
  Source source;  // only Source::measured is opened without being asked for
  std::span<const MeterOption> options;
  // Opens what this machine has; null where it has none, with the reason and the exact line that
  // mends it in `why_not`.
  std::unique_ptr<Meter> (*open)(const MeterSite&, std::string& why_not);
};

// Opens a meter of the type by the steady clock, the options not in `options` being at their
// defaults; null, with the reason, as MeterType::open.
[[nodiscard]] std::unique_ptr<Meter> open_meter(const MeterType& type,
                                                const std::map<std::string, double>& options,
                                                const std::filesystem::path& root,
                                                std::string& why_not);

namespace meter {
[[nodiscard]] std::span<const MeterType* const> all();
[[nodiscard]] const MeterType* named(std::string_view name);  // null where there is none
}  // namespace meter

}  // namespace ergon
