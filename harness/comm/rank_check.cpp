#include "harness/comm/rank_check.h"

#include <cstdlib>

#include <fmt/format.h>

namespace ergon {
namespace {

// -1 where it is not there or no number.
long number(const char* text) {
  if (text == nullptr) return -1;
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  return end == text || *end != '\0' ? -1 : value;
}

}  // namespace

std::string wrong_world(int size, const std::function<const char*(const char*)>& variable) {
  const auto wrong = [size](long started, const char* name) {
    return fmt::format(
        "MPI sees {} rank{} where {} were started ({}): the launcher and this program's MPI do not "
        "speak one PMI; start it with the mpirun of the MPI that it was built with, or with "
        "`srun --mpi=pmix` (`srun --mpi=list` shows what there is)",
        size, size == 1 ? "" : "s", started, name);
  };
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    const long started = number(variable(name));
    if (started >= 0) return started == size ? "" : wrong(started, name);
  }
  for (const char* name : {"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"}) {
    const long started = number(variable(name));
    if (started > size) return wrong(started, name);
  }
  return "";
}

}  // namespace ergon
