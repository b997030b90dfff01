#pragma once

#include <algorithm>
#include <cstdint>

namespace ergon {

// Maps a source's own time stamps to the steady clock. A stamp is never later than its reading, so
// the smallest distance of the two seen is the clocks' offset, too large by the quickest reading's
// delay alone. The offset may creep up by 100 ppm, more than quartz clocks drift apart, so that a
// source whose clock is slow is followed too. One stamp is one time, however often it is read.
class StampClock {
 public:
  // `stamp_ns` of a reading made at `now_ns` of the steady clock.
  [[nodiscard]] std::int64_t steady_ns(std::int64_t stamp_ns, std::int64_t now_ns) noexcept {
    if (started_ && stamp_ns == stamp_ns_) return stamp_ns + offset_ns_;
    const std::int64_t offset_ns = now_ns - stamp_ns;
    const std::int64_t creep_ns = (now_ns - last_ns_) / 10'000;
    offset_ns_ = started_ ? std::min(offset_ns, offset_ns_ + creep_ns) : offset_ns;
    started_ = true;
    last_ns_ = now_ns;
    stamp_ns_ = stamp_ns;
    return stamp_ns + offset_ns_;
  }
  // Forgets the offset: the source's clock was set anew.
  void reset() noexcept { started_ = false; }

 private:
  bool started_ = false;
  std::int64_t offset_ns_ = 0, last_ns_ = 0, stamp_ns_ = 0;
};

}  // namespace ergon
