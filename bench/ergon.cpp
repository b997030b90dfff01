#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "bench/command.h"

// The one place where an Error becomes a message and exit code 2.
int main(int argc, char** argv) {
  CLI::App app{"ergon: what the primitives of a transformer cost in joules"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("ergon ") + ERGON_VERSION);
  app.footer("Exit codes: 0 done; 1 done, but the asked-for condition fails; 2 cannot go on.");
  int exit_code = 0;
  for (const ergon::Command* command : ergon::command::all()) {
    CLI::App* sub =
        app.add_subcommand(std::string(command->name), std::string(command->description));
    sub->footer("Examples:\n" + std::string(command->examples));
    command->add(*sub, exit_code);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "ergon: %s\n", error.what());
    return 2;
  }
  return exit_code;
}
