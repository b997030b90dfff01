#include "analysis/physical_basis.h"

namespace ergon::model_form {

// Seconds on the physical basis: launch-bound, small and cache-resident problems find their cost.
extern const ModelForm form_time_physical;
const ModelForm form_time_physical = {.name = "time_physical",
                                      .version = 1,
                                      .target = Target::time,
                                      .terms = physical_terms(Target::time),
                                      .baseline = false,
                                      .basis = true,
                                      .quantity = physical_quantity};

}  // namespace ergon::model_form
