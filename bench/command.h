#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string_view>

namespace ergon {

// One verb of `ergon`. It adds its options to `app` and sets a callback that does the work, writes
// `exit_code` (0 done; 1 done, but the asked-for condition fails) and throws Error for exit code 2.
struct Command {
  std::string_view name;         // "fit"
  std::string_view description;  // one line
  std::string_view examples;     // stands below --help
  void (*add)(CLI::App& app, int& exit_code);
};

namespace command {
[[nodiscard]] std::span<const Command* const> all();
}

}  // namespace ergon
