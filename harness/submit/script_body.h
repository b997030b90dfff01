#pragma once

#include <string>
#include <string_view>

#include "harness/submit/scheduler.h"

namespace ergon {

// The parts of a job's script that do not depend on the scheduler.

// Lines that load modules and set the environment; a module that is not there ends the job. From
// then on variables must be set, which the code behind `module` is known not to heed.
[[nodiscard]] std::string environment_lines(const Site& site);

// The command that runs a shard, or collects; `task` is a word for bash, such as
// "\"$SLURM_ARRAY_TASK_ID\"". Begins with a space, has no launcher before it.
[[nodiscard]] std::string program_words(const Job& job, const Site& site, std::string_view task);

// logs/s0-a0 below the campaign: what the outputs of a job's tasks begin with.
[[nodiscard]] std::string log_stem(const Job& job);

// Throws Error where a path of the job could not stand in a script.
void expect_plain_paths(const Job& job, const Site& site);

}  // namespace ergon
