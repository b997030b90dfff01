#pragma once

namespace ergon {

// While it lives, SIGINT and SIGTERM are noted instead of ending the process; a second one of the
// same kind ends it at once. At most one lives at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  [[nodiscard]] bool interrupted() const;
};

}  // namespace ergon
