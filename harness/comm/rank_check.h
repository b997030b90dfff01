#pragma once

#include <functional>
#include <string>

namespace ergon {

// Why a world of `size` ranks is not the one that was started; empty where it is. A launcher and an
// MPI library that do not understand each other start as many worlds of one rank as there were to
// be ranks, silently, and each would measure everything. mpirun's word counts before Slurm's: below
// it Slurm's variables are of the job, or of mpirun's own helpers. `variable`: the environment
// before MPI started; null where it has no such variable.
[[nodiscard]] std::string wrong_world(int size,
                                      const std::function<const char*(const char*)>& variable);

}  // namespace ergon
