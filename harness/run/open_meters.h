#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/config/protocol.h"
#include "harness/meter/meter.h"
#include "harness/meter/meter_request.h"

namespace ergon {

// The meters of a run, in order of preference, and the reasons of those that do not open.
struct OpenMeters {
  std::vector<std::unique_ptr<Meter>> meters;
  std::vector<std::string> closed;
};

// Why no meter of hardware may be opened: others run on the machine too and would be in its
// numbers.
struct MeterRefusal {
  std::string reason;   // empty: they may
  bool of_all = false;  // nor may one that estimates or simulates
};

// Opens what a sweep asks for; where it asks for nothing, every meter that measures, each energy
// through one of them (prefer_rapl). What does not measure opens only where nothing named before
// it did. Channels have the period, window and lag that `ergon characterise` found on this device
// and driver, and the gain that `ergon calibrate` found, where they did. `defaults` stand where a
// request does not set them. `root` is where meters look for /sys and /proc. Throws Error where a
// file of what was found is broken.
[[nodiscard]] OpenMeters open_meters(std::span<const MeterRequest> requests,
                                     const std::filesystem::path& root,
                                     std::span<const ProtocolOption> defaults = {},
                                     const MeterRefusal& refusal = {});

}  // namespace ergon
