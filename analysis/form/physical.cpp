#include "analysis/physical_basis.h"

namespace ergon::model_form {

// Joules on the physical basis, without a time law.
extern const ModelForm form_physical;
const ModelForm form_physical = {.name = "physical",
                                 .version = 1,
                                 .target = Target::energy,
                                 .terms = physical_terms(Target::energy),
                                 .baseline = false,
                                 .basis = true,
                                 .quantity = physical_quantity};

}  // namespace ergon::model_form
