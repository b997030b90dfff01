#include "tests/bench/program.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>

namespace ergon {

ProgramOutcome ergon(const std::string& arguments) { return run_program(ERGON_PROGRAM, arguments); }

ProgramOutcome run_program(const std::string& program, const std::string& arguments) {
  const std::string command = program + " " + arguments + " 2>&1";
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {"popen failed", -1};
  ProgramOutcome outcome{};
  std::array<char, 4096> buffer{};
  for (std::size_t got = 1; got > 0;) {
    got = std::fread(buffer.data(), 1, buffer.size(), pipe);
    outcome.text.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

}  // namespace ergon
