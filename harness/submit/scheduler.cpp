#include "harness/submit/scheduler.h"

#include "harness/config/spelling.h"
#include "kernels/error.h"

namespace ergon::scheduler {

const SchedulerType& named(std::string_view name) {
  for (const SchedulerType* type : all()) {
    if (type->name == name) return *type;
  }
  throw Error("no scheduler '" + std::string(name) +
              "' in this build; known: " + joined(names_of(all())));
}

}  // namespace ergon::scheduler
