#include "bench/campaign_command.h"

#include <memory>

namespace ergon {

void add_campaign_command(CLI::App& app, int& exit_code,
                          int (*execute)(const std::string& folder)) {
  const auto folder = std::make_shared<std::string>();
  app.add_option("campaign", *folder, "the folder of the campaign")->required();
  app.callback([folder, execute, &exit_code] { exit_code = execute(*folder); });
}

}  // namespace ergon
