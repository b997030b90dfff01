#pragma once

#include <cstdint>

namespace ergon {

// What is measured: a bound kernel, or a simulated one that only advances virtual time.
class Load {
 public:
  virtual ~Load() = default;
  // Launches `count` times back to back and returns when the last is done.
  virtual void launch(std::int64_t count) = 0;
  // Nothing is launched from now until the next launch.
  virtual void stop() {}
};

}  // namespace ergon
