#include "harness/submit/site.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

#include <fmt/format.h>

#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"
#include "harness/submit/scheduler.h"
#include "harness/submit/shell_word.h"

namespace ergon {
namespace {

constexpr std::int64_t kWeekMinutes = 7 * 24 * 60;

constexpr std::array<std::string_view, 3> kLaunchers = {"srun", "mpirun", "mpiexec"};
constexpr std::array<std::string_view, 7> kContainers = {
    "apptainer", "singularity", "shifter", "podman-hpc", "podman", "ch-run", "enroot"};
// Through these a shell or the loader would run what a value names.
constexpr std::array<std::string_view, 9> kForbidden = {"BASH_ENV", "ENV",       "LD_PRELOAD",
                                                        "LD_AUDIT", "PATH",      "PROMPT_COMMAND",
                                                        "PS4",      "SHELLOPTS", "IFS"};

// Words of Slurm's own language: names, lists of names, and how features are combined.
constexpr std::string_view kName = "_-.";
constexpr std::string_view kList = "_-.,:=/+[]";
constexpr std::string_view kFeatures = "_-.,:=/+&|!*()[]";
constexpr std::string_view kModule = "_-./+:";

std::vector<std::string> read_plain_list(const Yaml& node, std::string_view what,
                                         std::string_view others) {
  std::vector<std::string> words;
  for (const Yaml* item : one_or_more(node, what)) {
    words.push_back(read_plain(*item, what, others));
  }
  return words;
}

// A command before ours: its program is one of those known to do nothing but start another.
template <class Known>
std::vector<std::string> read_prefix(const Yaml& node, std::string_view what, const Known& known) {
  std::vector<std::string> words;
  for (const Yaml* item : one_or_more(node, what)) words.push_back(read_quotable(*item, what));
  if (words.size() == 1 && words[0] == "none") return {};
  if (std::ranges::find(known, words[0]) == known.end()) {
    node.fail(
        fmt::format("{} begins with '{}'; expected a list of words that begins with {}, or "
                    "none",
                    what, words[0], fmt::join(known, ", ")));
  }
  return words;
}

bool is_variable(std::string_view name) {
  const bool digit = !name.empty() && name.front() >= '0' && name.front() <= '9';
  return !digit && is_plain(name, "_");
}

std::map<std::string, std::string> read_environment(const Yaml& node) {
  if (node.kind != Yaml::Kind::map) {
    node.fail("environment is " + node.description() + "; expected a map of names and values");
  }
  std::map<std::string, std::string> variables;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& name = node.keys[i].text;
    if (!is_variable(name)) {
      node.keys[i].fail("'" + name + "' is no name of a variable; expected letters, digits and _");
    }
    const bool runs = std::ranges::find(kForbidden, name) != kForbidden.end();
    if (runs || name.starts_with("BASH_FUNC") || name.starts_with("SLURM_")) {
      node.keys[i].fail("environment sets " + name +
                        ", by which other programs would be run or jobs mistaken; expected a "
                        "variable of the program's own; use modules for paths");
    }
    variables[name] = read_quotable(node.items[i], name);
  }
  return variables;
}

using ReadKey = std::function<void(const Yaml&, Site&)>;

ReadKey plain(std::string Site::*field, std::string_view what, std::string_view others) {
  return [=](const Yaml& node, Site& site) { site.*field = read_plain(node, what, others); };
}

ReadKey integer(int Site::*field, std::string_view what, IntegerRange range) {
  return [=](const Yaml& node, Site& site) {
    site.*field = static_cast<int>(read_integer(node, what, range));
  };
}

// Every key of a profile, and how it is read.
const std::vector<std::pair<std::string, ReadKey>>& keys() {
  static const std::vector<std::pair<std::string, ReadKey>> kKeys{
      {"scheduler",
       [](const Yaml& node, Site& site) {
         site.scheduler = read_choice(node, "scheduler", names_of(scheduler::all()));
       }},
      {"partition", plain(&Site::partition, "partition", kList)},
      {"account", plain(&Site::account, "account", kName)},
      {"qos", plain(&Site::qos, "qos", kName)},
      {"constraint", plain(&Site::constraint, "constraint", kFeatures)},
      {"gres", plain(&Site::gres, "gres", kList)},
      {"reservation", plain(&Site::reservation, "reservation", kName)},
      {"memory", plain(&Site::memory, "memory", "")},
      {"exclude", [](const Yaml& node,
                     Site& site) { site.exclude = read_plain_list(node, "exclude", "_-.[]"); }},
      {"minutes", integer(&Site::minutes, "minutes", {1, kWeekMinutes})},
      {"minutes_per_shard",
       integer(&Site::minutes_per_shard, "minutes_per_shard", {1, kWeekMinutes})},
      {"cpus_per_task", integer(&Site::cpus_per_task, "cpus_per_task", {1, 65536})},
      {"array_max", integer(&Site::array_max, "array_max", {1, 10'000'000})},
      {"shards_max", integer(&Site::shards_max, "shards_max", {1, 10'000'000})},
      {"at_once", integer(&Site::at_once, "at_once", {1, 10'000'000})},
      {"attempts_max", integer(&Site::attempts_max, "attempts_max", {1, 100})},
      {"node_failures_max", integer(&Site::node_failures_max, "node_failures_max", {1, 1000})},
      {"exclusive",
       [](const Yaml& node, Site& site) { site.exclusive = read_flag(node, "exclusive"); }},
      {"modules", [](const Yaml& node,
                     Site& site) { site.modules = read_plain_list(node, "modules", kModule); }},
      {"container",
       [](const Yaml& node, Site& site) {
         site.container = read_prefix(node, "container", kContainers);
       }},
      {"launcher", [](const Yaml& node,
                      Site& site) { site.launcher = read_prefix(node, "launcher", kLaunchers); }},
      {"environment",
       [](const Yaml& node, Site& site) { site.environment = read_environment(node); }},
      {"program", plain(&Site::program, "program", kPathCharacters)}};
  return kKeys;
}

}  // namespace

Site parse_site(const std::string& text, const std::string& name) {
  const Yaml root = parse_yaml(text, name);
  std::vector<std::string> names;
  for (const auto& [key, read] : keys()) names.push_back(key);
  expect_map(root, "this site", names);
  Site site;
  site.text = text;
  for (const auto& [key, read] : keys()) {
    if (const Yaml* node = root.find(key)) read(*node, site);
  }
  if (root.find("scheduler") == nullptr) {
    root.fail("this site has no 'scheduler'; expected one of " +
              joined(names_of(scheduler::all())) + "; start from slurm/sites/cpu.yaml");
  }
  if (!site.program.empty() && site.program.front() != '/') {
    root.find("program")->fail("program is no absolute path; expected one that begins with /");
  }
  return site;
}

Site read_site(const std::filesystem::path& yaml) {
  if (yaml == "local") return parse_site("scheduler: local\nlauncher: none\n", "local");
  return parse_site(read_text_file(yaml, "a site in YAML"), yaml.string());
}

}  // namespace ergon
