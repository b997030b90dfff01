#pragma once

namespace ergon {

// While it lives, SIGINT, SIGTERM and SIGUSR1, by which Slurm says that time is short, are noted
// instead of ending the process; a second one of the same kind ends it at once. At most one lives
// at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  [[nodiscard]] bool interrupted() const;
  // The signal that came last; 0 where none did. Lasts when the guard is gone, until the next.
  [[nodiscard]] static int last_signal();
};

}  // namespace ergon
