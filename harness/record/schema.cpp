#include "harness/record/layout.h"
#include "kernels/error.h"

namespace ergon::hdf5 {

void expect_schema(const File& file) {
  if (!file.has("/schema")) {
    throw Error(
        file.name() +
        ": HDF5, but not ergon's: it has no /schema; expected a result file of `ergon run`");
  }
  const std::int64_t major = file.attribute("/schema", "major");
  if (major != kSchemaMajor) {
    throw Error(file.name() + ": schema " + std::to_string(major) + "; this ergon reads schema " +
                std::to_string(kSchemaMajor) + "; read it with the ergon that wrote it");
  }
}

bool is_of_older_schema(const File& file) {
  return file.attribute("/schema", "minor") < kSchemaMinor;
}

}  // namespace ergon::hdf5
