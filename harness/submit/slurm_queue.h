#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/submit/scheduler.h"
#include "harness/units.h"

namespace ergon {

// The fields that slurm_queue() reads, as squeue's --format.
inline constexpr std::string_view kSqueueFormat = "%F|%K|%T|%N|%j|%r";

// What squeue printed in that format: one line a task, tasks that wait together on one line.
[[nodiscard]] std::vector<QueuedTask> slurm_queue(std::string_view text);

// The fields that slurm_accounting() reads, as sacct's --format.
inline constexpr std::string_view kSacctFormat = "JobID,State,NodeList,JobName";

// What sacct printed in that format, of tasks of arrays alone. A task that ran again stands there
// more than once; its last line is the latest.
[[nodiscard]] std::vector<QueuedTask> slurm_accounting(std::string_view text);

// The fields that slurm_energies() reads, as sacct's --format.
inline constexpr std::string_view kEnergyFormat = "JobID,ConsumedEnergyRaw";

// What sacct printed in that format: of each task the sum over the steps that srun started. The
// batch step is left out, since it counts the same joules once more; a step of 0 J has no counter
// behind it, or was over before Slurm read it.
[[nodiscard]] std::vector<TaskEnergy> slurm_energies(std::string_view text);

// "6-7,9%2" -> 6, 7, 9; "N/A" -> 0, for a job that is no array.
[[nodiscard]] std::vector<int> slurm_tasks(std::string_view expression);

// What a state's word means; a word that is not known is `running`, which decides nothing.
[[nodiscard]] QueuedTask::Phase slurm_phase(std::string_view state);

// "1-02:03:04", "02:03", "59"; none for UNLIMITED, NOT_SET and INVALID.
[[nodiscard]] std::optional<Seconds> slurm_time(std::string_view text);

}  // namespace ergon
