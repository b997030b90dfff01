#pragma once

#include <span>
#include <string>

namespace ergon {

// What a program said and how it ended. `exit_code` is 127 where it could not be started and 128 +
// the signal where it was killed, as a shell counts.
struct CommandOutput {
  int exit_code = 127;
  std::string out, error;
};

// Runs a program, found on PATH, to its end; words go to it as they are, through no shell. With
// `inherited` >= 0 it keeps that descriptor open, and with it a lock.
[[nodiscard]] CommandOutput run_command(std::span<const std::string> words, int inherited = -1);

}  // namespace ergon
