#pragma once

#include <string>

#include "bench/command.h"

namespace ergon {

// Adds what a command takes that is told nothing but a campaign's folder; `execute` does its work
// and gives the exit code.
void add_campaign_command(CLI::App& app, int& exit_code, int (*execute)(const std::string& folder));

}  // namespace ergon
