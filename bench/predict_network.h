#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/energy_table.h"

namespace ergon {

// `ergon predict --network FILE`: what is asked of a whole network.
struct NetworkOptions {
  std::string file{};
  std::int64_t batch = 1, sequence = 128, past = -1, steps = 1;
  std::vector<std::string> phases{}, settings{}, kernels{};
  std::string attention = "composed", elementwise = "fused", proxy{}, sort = "order";
  int depth = -1;
  bool json = false, csv = false;
};

void add_network_options(CLI::App& app, NetworkOptions& options);

// Prints the tree. `fields` are those of TableKey that were given. Throws Error.
void predict_network(const NetworkOptions& options, const EnergyTable& table,
                     const std::string& table_name,
                     const std::map<std::string, std::string>& fields);

}  // namespace ergon
