#include "harness/submit/site.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/config/yaml.h"
#include "harness/submit/command_output.h"
#include "harness/submit/scheduler.h"
#include "kernels/error.h"
#include "tests/analysis/schema.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = ERGON_SOURCE_DIR;

std::string read(const fs::path& file) {
  std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> examples() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kSource / "slurm/sites")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  return files;
}

Job made_job(const fs::path& campaign, int tasks) {
  return {.tag = tasks > 0 ? "ergon-0123456789ab-s0-a0" : "ergon-0123456789ab-s0-collect",
          .campaign = campaign,
          .first = 0,
          .tasks = tasks,
          .after = tasks > 0 ? std::vector<std::string>{} : std::vector<std::string>{"17", "18"},
          .notice = Seconds{30}};
}

nlohmann::json to_json(const Yaml& node) {
  if (node.kind == Yaml::Kind::map) {
    nlohmann::json map = nlohmann::json::object();
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      map[node.keys[i].text] = to_json(node.items[i]);
    }
    return map;
  }
  if (node.kind == Yaml::Kind::list) {
    nlohmann::json list = nlohmann::json::array();
    for (const Yaml& item : node.items) list.push_back(to_json(item));
    return list;
  }
  if (node.text == "yes" || node.text == "no") return node.text == "yes";
  const bool number = node.text.find_first_not_of("0123456789") == std::string::npos;
  return number ? nlohmann::json(std::stoll(node.text)) : nlohmann::json(node.text);
}

std::string complaint(const std::string& yaml) {
  try {
    (void)parse_site(yaml, "a.yaml");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// As a YAML scalar in double quotes.
std::string yaml_text(const std::string& text) { return nlohmann::json(text).dump(); }

// Texts that do harm where one is run, in every way that a shell or sbatch could take them.
const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> kTexts{"$(touch PWNED)",       "`touch PWNED`",
                                               "a; touch PWNED",       "a\ntouch PWNED",
                                               "a\r\ntouch PWNED\r\n", "'; touch PWNED; '",
                                               "\"; touch PWNED; \"",  "a' || touch PWNED || '",
                                               "--wrap=touch PWNED",   "-D/tmp",
                                               "a | touch PWNED",      "a && touch PWNED",
                                               "a & touch PWNED",      "> PWNED",
                                               "\\'; touch PWNED #",   "a\n#SBATCH --wrap=touch\n",
                                               "$'\\n'touch PWNED",    "${x:=$(touch PWNED)}"};
  return kTexts;
}

// A profile with the text in one of its places.
std::vector<std::string> hostile_sites(const std::string& text) {
  const std::string value = yaml_text(text);
  std::vector<std::string> sites;
  for (const char* key :
       {"scheduler", "partition", "account", "qos", "constraint", "gres", "reservation", "memory",
        "exclude", "modules", "program", "minutes", "launcher", "container"}) {
    const std::string begin = std::string(key) == "scheduler" ? "" : "scheduler: slurm\n";
    sites.push_back(begin + key + ": " + value + "\n");
  }
  sites.push_back("scheduler: slurm\nenvironment: {A: " + value + "}\n");
  sites.push_back("scheduler: slurm\nenvironment: {" + value + ": b}\n");
  sites.push_back("scheduler: slurm\nlauncher: [srun, " + value + "]\n");
  sites.push_back("scheduler: slurm\ncontainer: [apptainer, " + value + "]\n");
  sites.push_back("scheduler: slurm\nexclude: [n1, " + value + "]\n");
  sites.push_back("scheduler: slurm\nmodules: [gcc, " + value + "]\n");
  sites.push_back("scheduler: slurm\n" + value + ": 1\n");
  return sites;
}

// Every #SBATCH line holds one option of one word.
void expect_clean_options(const std::string& script) {
  std::istringstream lines(script);
  bool options = true;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#SBATCH ")) {
      EXPECT_TRUE(options) << "an option below the commands: " << line;
      EXPECT_EQ(line.find_first_of(" \t\"'`$;\\", 8), std::string::npos) << line;
    } else if (!line.starts_with("#")) {
      options = false;
    }
  }
}

}  // namespace

TEST(Site, ReadsEveryExample) {
  EXPECT_EQ(examples().size(), 3u);
  for (const fs::path& file : examples()) {
    EXPECT_EQ(read_site(file).scheduler, "slurm") << file;
  }
  EXPECT_EQ(read_site("local").scheduler, "local");
}

TEST(Site, KeepsItsSchema) {
  const std::string schema = read(kSource / "slurm/sites/site.schema.json");
  for (const fs::path& file : examples()) {
    const std::string document = to_json(parse_yaml(read(file), file.string())).dump();
    const auto against = schema_complaint(schema, document);
    if (!against) GTEST_SKIP() << "this build has no validator of JSON Schema (libvalijson-dev)";
    EXPECT_EQ(*against, "") << file;
  }
  EXPECT_NE(*schema_complaint(schema, R"({"scheduler": "slurm", "partition": "a; b"})"), "");
  EXPECT_NE(*schema_complaint(schema, R"({"scheduler": "slurm", "minuets": 5})"), "");
}

TEST(Site, SaysWhatIsWrongAndWhere) {
  EXPECT_NE(complaint("scheduler: slurm\npartition: 'a;b'\n").find("a.yaml:2:12: partition is"),
            std::string::npos);
  EXPECT_NE(complaint("partition: a\n").find("no 'scheduler'"), std::string::npos);
  EXPECT_NE(complaint("scheduler: pbs\n").find("slurm"), std::string::npos);
  EXPECT_NE(complaint("scheduler: slurm\nlauncher: [bash, -c, id]\n").find("srun, mpirun"),
            std::string::npos);
  EXPECT_NE(complaint("scheduler: slurm\nenvironment: {LD_PRELOAD: a.so}\n").find("LD_PRELOAD"),
            std::string::npos);
  EXPECT_NE(complaint("scheduler: slurm\nprogram: bin/ergon\n").find("absolute"),
            std::string::npos);
}

// What is not refused goes through bash, with programs of its launchers that do nothing.
TEST(Site, RunsNothingOfWhatAHostileProfileHolds) {
  const TemporaryFolder temporary;
  const fs::path bin = temporary.path() / "bin";
  fs::create_directories(bin);
  for (const char* name : {"srun", "apptainer", "module", "ergon", "tail"}) {
    std::ofstream(bin / name) << "#!/bin/sh\nexit 0\n";
    fs::permissions(bin / name, fs::perms::owner_all);
  }
  fs::create_directories(temporary.path() / "logs");
  int cases = 0, refused = 0;
  for (const std::string& text : hostile_texts()) {
    for (const std::string& yaml : hostile_sites(text)) {
      ++cases;
      if (!complaint(yaml).empty()) {
        ++refused;
        continue;
      }
      Site site = parse_site(yaml, "a.yaml");
      if (site.program.empty()) site.program = (bin / "ergon").string();
      for (const char* name : {"slurm", "local"}) {
        const std::string script =
            scheduler::named(name).script(made_job(temporary.path(), 2), site);
        expect_clean_options(script);
        const fs::path file = temporary.path() / "job.sh";
        std::ofstream(file) << script;
        (void)run_command(std::vector<std::string>{
            "env", "-C", temporary.path().string(), "SLURM_ARRAY_TASK_ID=0",
            "PATH=" + bin.string() + ":/usr/bin:/bin", "bash", file.string()});
        EXPECT_FALSE(fs::exists(temporary.path() / "PWNED")) << yaml << script;
      }
    }
  }
  EXPECT_GE(cases, 200);
  EXPECT_GT(refused, cases / 2);
  EXPECT_LT(refused, cases);
}

TEST(Site, RefusesPathsThatCannotStandInAScript) {
  Site site = read_site("local");
  site.program = "/opt/ergon";
  for (const char* path :
       {"/tmp/a b", "/tmp/$(id)", "/tmp/a'b", "/tmp/a%j", "tmp/a", "/tmp/a\nb"}) {
    for (const char* name : {"slurm", "local"}) {
      EXPECT_THROW((void)scheduler::named(name).script(made_job(path, 2), site), Error) << path;
    }
  }
}

// ERGON_UPDATE_GOLDEN=1 writes them anew.
TEST(Scheduler, WritesTheScriptsOfEveryExampleSite) {
  const fs::path folder = kSource / "tests/harness/submit/golden";
  std::vector<std::pair<std::string, Site>> sites{{"local", read_site("local")}};
  for (const fs::path& file : examples()) sites.emplace_back(file.stem(), read_site(file));
  for (auto& [name, site] : sites) {
    if (site.program.empty()) site.program = "/opt/ergon/bin/ergon";
    for (const int tasks : {20, 0}) {
      const fs::path file = folder / (name + (tasks > 0 ? ".sh" : "-collect.sh"));
      const std::string script =
          scheduler::named(site.scheduler).script(made_job("/scratch/a.campaign", tasks), site);
      if (std::getenv("ERGON_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << script;
      EXPECT_EQ(script, read(file)) << file;
      const CommandOutput checked =
          run_command(std::vector<std::string>{"bash", "-n", file.string()});
      EXPECT_EQ(checked.exit_code, 0) << checked.error;
    }
  }
}

}  // namespace ergon
