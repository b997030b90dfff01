#pragma once

#include <string>

namespace ergon {

// What a command line prints, and its exit code.
struct ProgramOutcome {
  std::string text;
  int exit_code;
};

// Runs a program as a user does; both streams are in the text.
[[nodiscard]] ProgramOutcome run_program(const std::string& program, const std::string& arguments);
[[nodiscard]] ProgramOutcome ergon(const std::string& arguments);

}  // namespace ergon
