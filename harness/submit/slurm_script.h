#pragma once

#include <string>

#include "harness/submit/scheduler.h"

namespace ergon {

// The sbatch script of a job. Values on its #SBATCH lines are plain words; the rest is quoted.
[[nodiscard]] std::string slurm_script(const Job& job, const Site& site);

}  // namespace ergon
