#pragma once

#include <optional>
#include <span>
#include <vector>

#include "harness/config/protocol.h"
#include "harness/meter/channel.h"
#include "harness/record/record.h"
#include "harness/run/stopping.h"

namespace ergon {

// Says when a point has windows enough, and which of them count.
class WindowJudge {
 public:
  // `primary`: the channel whose energy counts, -1: time does.
  WindowJudge(const Protocol& protocol, int primary, std::int64_t deadline_ns)
      : protocol_(protocol), primary_(primary), deadline_ns_(deadline_ns), stopping_(protocol) {}

  void add(const Window& window);
  // `made`: windows, whether they count or not. `in_step`: launches keep step with the sensor, and
  // no window counts.
  [[nodiscard]] std::optional<Stop> reason_to_stop(std::size_t made, bool in_step,
                                                   std::int64_t now_ns) const;
  // What a clock should have been is known once all windows are there. Where that spoils some of
  // them, others are to take their place.
  void judge_clocks(std::span<Window> windows, std::span<const Channel> channels,
                    bool knows_mean_frequency);
  // Of those that count.
  [[nodiscard]] int count() const { return stopping_.count(); }

 private:
  const Protocol& protocol_;
  int primary_;
  std::int64_t deadline_ns_;
  Stopping stopping_;
};

}  // namespace ergon
