#include "harness/comm/comm.h"
#include "kernels/error.h"

namespace ergon {

std::unique_ptr<Comm> start_comm() {
  throw Error(
      "run: this ergon was built without MPI; install an MPI (apt-get install openmpi-bin "
      "libopenmpi-dev), configure anew with -DERGON_MPI=ON and build, or leave out --mpi");
}

}  // namespace ergon
