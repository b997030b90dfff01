#pragma once

#include <cstdint>
#include <vector>

#include "harness/clock.h"
#include "harness/run/load.h"

namespace ergon {

// A load that remembers when it launched, to be asked later how many launches lay between two
// times.
class LoggedLoad final : public Load {
 public:
  // Borrows both.
  LoggedLoad(Load& load, Clock& clock) : load_(load), clock_(clock) {}

  void launch(std::int64_t count) override;
  void stop() override;
  // No time before this is asked for any more.
  void forget_before(std::int64_t time_ns);
  [[nodiscard]] std::int64_t last_ns() const {
    return stamps_.empty() ? 0 : stamps_.back().time_ns;
  }
  // Launches until `time_ns`, of all: launches of a batch follow each other evenly, and between
  // batches there are none. Asserts that the time is within what is remembered.
  [[nodiscard]] double launches_at(std::int64_t time_ns) const;

 private:
  struct Stamp {
    std::int64_t time_ns, launches;
  };
  Load& load_;
  Clock& clock_;
  std::vector<Stamp> stamps_;
  std::int64_t launches_ = 0;
};

}  // namespace ergon
