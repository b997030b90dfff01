#include "harness/submit/script_body.h"

#include <fmt/format.h>

#include "harness/submit/shell_word.h"
#include "kernels/error.h"

namespace ergon {

std::string environment_lines(const Site& site) {
  std::string lines;
  if (!site.modules.empty()) lines += "type module >/dev/null 2>&1 || source /etc/profile\n";
  for (const std::string& module : site.modules) {
    lines += fmt::format("module load {} || exit 1\n", shell_quoted(module));
  }
  for (const auto& [name, value] : site.environment) {
    lines += fmt::format("export {}={}\n", name, shell_quoted(value));
  }
  return lines + "set -u\n";
}

std::string program_words(const Job& job, const Site& site, std::string_view task) {
  const std::string program = shell_quoted_words(site.container) + " " +
                              shell_quoted(site.program) + (job.tasks > 0 ? " shard " : " ");
  if (job.tasks == 0) return program + "collect " + shell_quoted(job.campaign.string());
  return fmt::format("{}{} --tag {} --first {} --task {}", program,
                     shell_quoted(job.campaign.string()), shell_quoted(job.tag), job.first, task);
}

std::string log_stem(const Job& job) { return (job.campaign / "logs" / job.tag).string(); }

void expect_plain_paths(const Job& job, const Site& site) {
  for (const std::string& path : {job.campaign.string(), site.program}) {
    if (path.starts_with('/') && is_plain(path, kPathCharacters)) continue;
    throw Error("submit: the path " + path +
                " cannot stand in a script; expected an absolute one "
                "of at most 255 letters, digits and " +
                std::string(kPathCharacters) +
                "; name another campaign folder, or move the program");
  }
}

}  // namespace ergon
