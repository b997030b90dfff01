#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/units.h"

namespace ergon {

// Where shards run and what they get there: a site profile, slurm/sites/*.yaml. Everything that
// becomes part of a script was refused or can be quoted (shell_word.h). Empty and 0: not said.
struct Site {
  std::string scheduler = "local";  // a plug: slurm, local
  std::string partition, account, qos, constraint, gres, reservation, memory;
  std::vector<std::string> exclude;              // nodes that get no shard
  int minutes = 60;                              // time limit of a task
  int minutes_per_shard = 30;                    // of measuring, as the plan expects it
  int cpus_per_task = 0;                         // that a shard may use
  int array_max = 0;                             // tasks of one array; 0: the scheduler is asked
  int shards_max = 0;                            // tasks that may wait at a time; 0: no limit
  int at_once = 0;                               // tasks that run at a time; 0: no limit
  int attempts_max = 4;                          // of a shard, and of a point that ends its task
  int node_failures_max = 2;                     // tasks a node may lose before it gets no more
  bool exclusive = true;                         // a whole node; else nothing is measured
  std::vector<std::string> modules;              // of `module load`
  std::vector<std::string> container;            // words before the program: apptainer exec a.sif
  std::vector<std::string> launcher = {"srun"};  // words before those; empty: none
  std::map<std::string, std::string> environment;
  std::string program;  // ergon there; empty: the one that submits
  std::string text;     // the YAML verbatim
};

// Reads and checks a profile; "local" is one that needs no file. Throws Error with the place of
// what is wrong.
[[nodiscard]] Site read_site(const std::filesystem::path& yaml);
[[nodiscard]] Site parse_site(const std::string& text, const std::string& name);

}  // namespace ergon
